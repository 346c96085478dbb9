/**
 * The hammer: hundreds of commands on up to 32 connections, chosen by the seed, against a model of what each
 * connection is owed. For faults that no prepared situation hits.
 *
 * A failure shows the commands of the one connection that went wrong, with their places in the whole sequence. The
 * seed replays it; there is no shrinking.
 */
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { reply, request } from './message.ts';

const COMMANDS = 2000;
const MOST_CONNECTIONS = 32;
const MOST_PAYLOAD_BYTES = 2000;
const MOST_PIECES = 4;
/** Of the failing connection. */
const SHOWN_COMMANDS = 12;

export const hammerChecks: readonly Check[] = [
  {
    id: 'stream.hammer',
    title: 'gives every connection its own bytes, whatever all of them do at random',
    rule: 'docs/protocol.md section 1; RFC 862',
    level: 'must',
    tier: 'scaled',
    topic: 'framing',
    suites: ['tcp-echo', 'framed'],
    deadlineFactor: 2,
    why: 'Real clients come, stall, send halves of messages and vanish in any order. Faults in the state of a connection show in orders that nobody thought of.',
    how: `${COMMANDS} commands (a tenth of it in the quick tier) on up to ${MOST_CONNECTIONS} connections: connect, send a message whole, in halves, in pieces or two at once, stall, read, FIN, RST. A model knows what each of them is owed.`,
    run: hammer,
  },
];

/** One connection, and what the model knows of it. */
class Conversation {
  readonly name: string;
  readonly log: string[] = [];
  readonly #context: CheckContext;
  readonly #peer: Peer;
  /** Owed and not yet read. */
  #owed: Buffer[] = [];
  /** What is missing of a message that was begun, and the reply that it will get. */
  #rest: { bytes: Buffer; reply: Buffer } | undefined;
  #messages = 0;

  constructor(context: CheckContext, peer: Peer, name: string) {
    this.#context = context;
    this.#peer = peer;
    this.name = name;
  }

  /** Sends a message in pieces; the server has read the first before the next leaves. */
  async pieces(): Promise<void> {
    const { bytes, reply } = this.#message();
    const count = this.#context.random.integer(1, MOST_PIECES);
    const size = Math.ceil(bytes.length / count);
    for (let at = 0; at < bytes.length; at += size) {
      this.#peer.write(bytes.subarray(at, at + size));
      if (at === 0 && count > 1) await this.#context.consumed(this.#peer);
    }
    this.#owed.push(reply);
  }

  async two(): Promise<void> {
    const [first, second] = [this.#message(), this.#message()];
    this.#peer.write(Buffer.concat([first.bytes, second.bytes]));
    this.#owed.push(first.reply, second.reply);
  }

  async half(): Promise<void> {
    const { bytes, reply } = this.#message();
    const cut = this.#context.random.integer(1, bytes.length);
    this.#peer.write(bytes.subarray(0, cut));
    this.#rest = { bytes: bytes.subarray(cut), reply };
  }

  async stall(): Promise<void> {
    this.#peer.pause();
  }

  /** Reads what is owed. Of tcp-echo, that is every byte; of framed, the replies to what is complete. */
  async read(): Promise<void> {
    this.#peer.resume();
    this.#complete();
    const expected = Buffer.concat(this.#owed);
    const got = await this.#peer.take(expected.length, `${expected.length} bytes on ${this.name}`);
    this.#owed = [];
    expectBytes(`what is owed on ${this.name}`, got, expected);
  }

  /** FIN, and everything to the end. */
  async finish(): Promise<void> {
    this.#peer.resume();
    this.#complete();
    this.#peer.end();
    const got = await this.#peer.takeUntilEnd(`what is owed on ${this.name}, then FIN`);
    expectBytes(`what is owed on ${this.name}, then FIN`, got, Buffer.concat(this.#owed));
  }

  async reset(): Promise<void> {
    this.#peer.reset();
  }

  /** The next message, behind what is missing of the last one. */
  #message(): { bytes: Buffer; reply: Buffer } {
    this.#complete();
    const { suite, random } = this.#context;
    const payload = random.digits(random.integer(1, MOST_PAYLOAD_BYTES));
    const id = this.#messages++;
    return { bytes: request(suite, payload, id), reply: reply(suite, payload, id) };
  }

  #complete(): void {
    if (!this.#rest) return;
    this.#peer.write(this.#rest.bytes);
    this.#owed.push(this.#rest.reply);
    this.#rest = undefined;
  }
}

type Command = Exclude<keyof Conversation, 'name' | 'log'>;

/** As often as they stand here. */
const CHOICES: readonly Command[] = [
  'pieces',
  'pieces',
  'pieces',
  'two',
  'half',
  'half',
  'stall',
  'read',
  'read',
  'read',
  'finish',
  'reset',
];

async function hammer(context: CheckContext): Promise<void> {
  const { random } = context;
  const open: Conversation[] = [];
  const steps = context.scaled(COMMANDS);
  context.step(`${steps} commands on up to ${MOST_CONNECTIONS} connections; those of the failing one follow`);
  for (let step = 1; step <= steps; step++) {
    const index = random.integer(0, MOST_CONNECTIONS - 1);
    const conversation = open[index];
    if (!conversation) {
      open.push(new Conversation(context, await context.connect(), `connection ${step}`));
      continue;
    }
    const command = CHOICES[random.integer(0, CHOICES.length - 1)] as Command;
    await run(context, conversation, command, step);
    if (command === 'finish' || command === 'reset') open.splice(index, 1);
  }
  for (const conversation of open) await run(context, conversation, 'finish', steps);
  await context.stillServes();
}

async function run(
  context: CheckContext,
  conversation: Conversation,
  command: Command,
  step: number,
): Promise<void> {
  conversation.log.push(`step ${step}, ${conversation.name}: ${command}`);
  try {
    await conversation[command]();
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    for (const line of conversation.log.slice(-SHOWN_COMMANDS)) context.step(line);
    throw new CheckFailure({
      ...error.facts,
      expected: 'every byte that a connection is owed, and no other',
      cause:
        'a sequence of connecting, sending, stalling, closing and resetting left a connection in a wrong state',
      hint: 'replay it with the seed; does it fail with fewer commands, or only when another connection has been reset?',
    });
  }
}

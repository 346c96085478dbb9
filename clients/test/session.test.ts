/** A session over a socket made of a stream: what is sent when, which silence is too long, how it ends. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { converse, type Dialogue, type SessionOptions } from '../session.ts';

/** The parts of a socket that a session uses. The test is its kernel and its clock. */
class StreamSocket extends Duplex {
  readonly sent: string[] = [];
  silenceMs = 0;
  bytesRead = 0;
  /** While true the kernel takes nothing. */
  isFull = false;
  #taken: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: true, highWaterMark: 1 });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent.push(chunk.toString());
    if (this.isFull) this.#taken = done;
    else done();
  }

  setTimeout(ms: number): this {
    this.silenceMs = ms;
    return this;
  }

  /** The kernel has room again. */
  drain(): void {
    this.isFull = false;
    this.#taken?.();
  }

  reply(text: string): void {
    this.push(text);
  }

  fin(): void {
    this.push(null);
  }
}

/** Owes one reply per request; any byte of the server is a reply. */
class CountingDialogue implements Dialogue<string> {
  owed = 0;
  allowedSilenceMs = 0;

  send(request: string): Buffer {
    this.owed++;
    return Buffer.from(request);
  }

  receive(chunk: Buffer): void {
    this.owed -= chunk.length;
  }

  finish(): void {
    if (this.owed > 0) throw new Error(`${this.owed} owed at the end`);
  }
}

function startSession(requests: string[], options: Partial<SessionOptions> = {}) {
  const socket = new StreamSocket();
  const dialogue = new CountingDialogue();
  const asked: string[] = [];
  const source = (async function* () {
    for (const request of requests) {
      asked.push(request);
      yield request;
    }
  })();
  const run = () => {
    const defaults = { depth: 16, timeoutMs: 500, keepOpen: false, signal: new AbortController().signal };
    const end = converse(socket as unknown as Socket, source, dialogue, { ...defaults, ...options });
    end.catch(() => {});
    return end;
  };
  return { socket, dialogue, asked, run };
}

/** Lets everything happen that can happen without the test. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn();
}

describe('a session', () => {
  it('half-closes after the last request and ends with the FIN of the server', async () => {
    const { socket, run } = startSession(['a', 'b']);
    const end = run();
    await settle();
    expect(socket.sent).toEqual(['a', 'b']);
    expect(socket.writableEnded).toBe(true);
    socket.reply('..');
    socket.fin();
    await expect(end).resolves.toBeUndefined();
    expect(socket.destroyed).toBe(true);
  });

  it('stays open after the last request when it is told so', async () => {
    const { socket, run } = startSession(['a'], { keepOpen: true });
    void run();
    await settle();
    expect(socket.writableEnded).toBe(false);
  });

  it('has at most as many requests under way as the depth', async () => {
    const { socket, dialogue, run } = startSession(['a', 'b', 'c', 'd'], { depth: 2 });
    void run();
    await settle();
    expect(socket.sent).toEqual(['a', 'b']);
    socket.reply('.');
    await settle();
    expect(socket.sent).toEqual(['a', 'b', 'c']);
    expect(dialogue.owed).toBe(2);
  });

  it('asks for no further request while the kernel has no room', async () => {
    const { socket, asked, run } = startSession(['a', 'b', 'c']);
    socket.isFull = true;
    void run();
    await settle();
    expect(asked).toEqual(['a']);
    socket.drain();
    await settle();
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('allows the silence that the protocol allows, on top of its own limit', async () => {
    const { socket, dialogue, run } = startSession(['a']);
    dialogue.allowedSilenceMs = 60_000;
    void run();
    await settle();
    expect(socket.silenceMs).toBe(60_500);
  });

  it('ends with 124 when a reply is owed and nothing moves', async () => {
    const { socket, run } = startSession(['a'], { keepOpen: true });
    const end = run();
    await settle();
    socket.emit('timeout');
    await expect(end).rejects.toMatchObject({
      exitCode: 124,
      message: expect.stringContaining('awaited: 1 reply'),
    });
  });

  it('ends with 124 when the server does not close after our FIN', async () => {
    const { socket, run } = startSession(['a']);
    const end = run();
    await settle();
    socket.reply('.');
    await settle();
    socket.emit('timeout');
    await expect(end).rejects.toMatchObject({
      exitCode: 124,
      message: expect.stringContaining('the FIN after ours'),
    });
  });

  it('waits for ever where nothing is owed and the connection stays open', async () => {
    const { socket, run } = startSession(['a'], { keepOpen: true });
    const end = run();
    await settle();
    socket.reply('.');
    await settle();
    socket.emit('timeout');
    socket.fin();
    await expect(end).resolves.toBeUndefined();
  });

  it('lets the dialogue judge the end', async () => {
    const { socket, run } = startSession(['a', 'b']);
    const end = run();
    await settle();
    socket.reply('.');
    socket.fin();
    await expect(end).rejects.toThrow('1 owed at the end');
  });

  it('says how much was owed when the server resets', async () => {
    const { socket, run } = startSession(['a', 'b']);
    const end = run();
    await settle();
    socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    await expect(end).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('awaited: 2 replies'),
    });
  });

  it('ends with 130 when it is interrupted, before or while it runs', async () => {
    const interrupt = new AbortController();
    const { run } = startSession(['a'], { signal: interrupt.signal });
    const end = run();
    await settle();
    interrupt.abort();
    await expect(end).rejects.toMatchObject({ exitCode: 130 });
    const late = startSession(['a'], { signal: interrupt.signal });
    await expect(late.run()).rejects.toMatchObject({ exitCode: 130 });
  });
});

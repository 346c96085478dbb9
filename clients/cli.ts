/**
 * The clients' command line: `node clients/cli.ts framed --port 9000 echo hello`.
 *
 * Joins options, input, protocol and output, and turns every ending into an exit code (see --help).
 * Deliberately nothing of a protocol in here.
 */
import { connectTcp } from './connect.ts';
import { ClientError, EXIT } from './errors.ts';
import { type Command, parseCommands, parseLine } from './framed-commands.ts';
import { FramedDialogue } from './framed-dialogue.ts';
import { parseLines, patternMessages, readPieces, repeat } from './input.ts';
import { type ClientOptions, HELP, parseOptions } from './options.ts';
import { Output } from './output.ts';
import type { ReplyListener } from './reply.ts';
import { converse, type SessionOptions } from './session.ts';
import { TcpEchoDialogue } from './tcp-echo.ts';
import { converseUdp } from './udp-echo.ts';

/** Runs one protocol; resolves when every reply was right. */
type Run = (options: ClientOptions, session: SessionOptions, onReply: ReplyListener) => Promise<void>;

async function runTcpEcho(options: ClientOptions, session: SessionOptions, onReply: ReplyListener) {
  const socket = await connectTcp(options, options.timeoutMs, session.signal);
  const messages = generated(options) ?? readPieces(process.stdin);
  await converse(socket, messages, new TcpEchoDialogue(onReply), session);
}

async function runUdpEcho(options: ClientOptions, session: SessionOptions, onReply: ReplyListener) {
  const datagrams = generated(options) ?? parseLines(process.stdin, (line) => [Buffer.from(line)]);
  await converseUdp(options, datagrams, session, onReply);
}

async function runFramed(options: ClientOptions, session: SessionOptions, onReply: ReplyListener) {
  // Parsed before the connection is opened: a typing error must not show up as traffic.
  const commands = parseCommands(options.words);
  const requests: AsyncIterable<Command> =
    commands.length > 0 ? repeat(commands, options.count) : parseLines(process.stdin, parseLine);
  const socket = await connectTcp(options, options.timeoutMs, session.signal);
  await converse(socket, requests, new FramedDialogue(onReply, options.maxFrameSize), session);
}

/** Messages of the command line; undefined where stdin is to be read. */
function generated({ words, size, count }: ClientOptions): AsyncIterable<Buffer> | undefined {
  if (size !== undefined) return patternMessages(size, count);
  if (words.length === 0) return undefined;
  return repeat(
    words.map((word) => Buffer.from(word)),
    count,
  );
}

const RUNS: Readonly<Record<ClientOptions['protocol'], Run>> = {
  'tcp-echo': runTcpEcho,
  'udp-echo': runUdpEcho,
  framed: runFramed,
};

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const output = new Output(
    options,
    (text) => process.stdout.write(text),
    (text) => process.stderr.write(text),
  );
  const failure = await runToEnd(options, output);
  output.finish(failure?.message);
  return failure?.exitCode ?? EXIT.ok;
}

async function runToEnd(options: ClientOptions, output: Output): Promise<ClientError | undefined> {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const { depth, timeoutMs, keepOpen } = options;
  try {
    const session = { depth, timeoutMs, keepOpen, signal: interrupt.signal };
    await RUNS[options.protocol](options, session, (reply) => output.reply(reply));
    return undefined;
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
}

/** What finds no room in a pipe waits in this process, and process.exit() would drop it. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

// `... | head` closes our stdout: that ends the client, and is nobody's failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 74));

try {
  const exitCode = await main(process.argv.slice(2));
  await flushed(process.stdout);
  await flushed(process.stderr);
  // Not process.exitCode: a terminal that is still open for input would keep the process alive.
  process.exit(exitCode);
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  process.stderr.write(`client: ${error.message}\n`);
  process.exit(error.exitCode);
}

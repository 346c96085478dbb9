/**
 * What comes of a program that is started with flags that it has to refuse, or on a port that somebody else holds.
 *
 * For the checks of flags and binding. It starts nothing itself.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ServerFault } from '../process.ts';
import { type Advice, advise } from './advice.ts';
import { CheckFailure, type Suite } from './check.ts';
import type { CheckContext, Exit, Launched } from './context.ts';

/** Of docs/contract.md section 9. */
export const EXIT_USAGE = 64;
export const EXIT_UNAVAILABLE = 69;

/** Waits until the program has exited; fails when it becomes ready instead. */
export async function refusal(
  context: CheckContext,
  launched: Launched,
  expected: string,
  advice: Advice,
): Promise<Exit> {
  const outcome = await advise(advice, () => context.within(expected, outcomeOf(launched)));
  if (outcome.served !== undefined) throw new CheckFailure({ expected, actual: outcome.served, ...advice });
  return outcome.exit;
}

/** What came of a program that may refuse to start: its end, or what it said on stdout instead. */
export type Outcome =
  | { exit: Exit; served?: undefined; port?: undefined }
  | { served: string; port?: number };

export async function outcomeOf(launched: Launched): Promise<Outcome> {
  try {
    const { port } = await launched.ready;
    return { served: `it is ready, on port ${port}`, port };
  } catch (error) {
    // Who refuses says nothing on stdout; whatever stands there claims to be a ready line.
    if (error instanceof ServerFault && launched.stdout() !== '') return { served: error.seen };
    return { exit: await launched.exited };
  }
}

/** `given` names the flags: `--port "-1"`. */
export function expectExitCode({ code, signal }: Exit, expected: number, given: string): void {
  if (code === expected) return;
  throw new CheckFailure({
    expected: `exit code ${expected} for ${given}`,
    actual: signal ? `ended by ${signal}` : `exit code ${code}`,
    cause: 'the exit code tells whoever started the server what was wrong; 0 means success',
    hint: 'docs/contract.md section 9 lists the exit codes',
  });
}

/** A port that somebody else holds, until the block ends: this one, or one that the kernel chooses. Rejects when it is taken. */
export async function holdPort(suite: Suite, wanted = 0): Promise<{ port: number } & AsyncDisposable> {
  if (suite === 'udp-echo') {
    const socket = createSocket('udp4').bind(wanted, '127.0.0.1');
    await once(socket, 'listening');
    return { port: socket.address().port, [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose]() };
  }
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

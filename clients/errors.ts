/**
 * How a client fails: one line that says what, where and what to do, and the exit code that goes with it.
 *
 * Deliberately not here: anything about one protocol. A wrong reply is found where the protocol is known.
 */

export const EXIT = {
  ok: 0,
  wrongReply: 1,
  usage: 64,
  unavailable: 69,
  timedOut: 124,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that the user is told in one line; anything else that is thrown is a defect of the client. */
export class ClientError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.name = 'ClientError';
    this.exitCode = exitCode;
  }
}

/** The server's reply breaks its protocol; the message names the offset in what the server sent. */
export function wrongReply(offset: number, what: string): ClientError {
  return new ClientError(`wrong reply at byte ${offset} of what the server sent: ${what}`, EXIT.wrongReply);
}

/** The error that names the first byte in which two strings of one length differ. */
export function firstDifference(expected: Buffer, actual: Buffer, offset: number): ClientError {
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  const hex = (bytes: Buffer) => bytes.subarray(at, at + 1).toString('hex');
  return wrongReply(offset + at, `expected ${hex(expected)}, got ${hex(actual)}`);
}

/** The errno name of a system error (`ECONNRESET`), or its message where it has none. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}

/**
 * The exit codes of the command line (sysexits.h where it has one), and the errors that end it with one of
 * them.
 */

export const ExitCode = {
  ok: 0,
  failed: 1,
  regression: 2,
  usage: 64,
  badData: 65,
  noInput: 66,
  unavailable: 69,
  internal: 70,
  systemError: 71,
  cannotCreate: 73,
  configuration: 78,
  timedOut: 124,
  /** Plus the signal's number: 130 for Ctrl-C. */
  signalBase: 128,
} as const;

/** Ends the command line with one line on stderr: what, where, what to do. Nobody's stack trace. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = ExitCode.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}

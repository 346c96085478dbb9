/**
 * Runs a command line to its end: parses, calls, and turns errors into one line on stderr and an exit code.
 *
 * Knows no command. harness/cli.ts is the command line of the harness; harness/test/faulty/mutants.ts has one of its own.
 */
import { constants } from 'node:os';
import { type Command, CommanderError } from 'commander';
import { HarnessTrouble } from './checks/run.ts';
import { diskTrouble } from './disk-trouble.ts';
import { ExitCode, Refusal } from './exit-codes.ts';
import { closeInheritedDescriptors } from './inherited-descriptors.ts';
import { CannotStart } from './process.ts';

/** Parses the arguments of this process and runs the command that they name; sets the exit code. */
export async function runCommandLine(root: Command): Promise<void> {
  closeInheritedDescriptors();
  process.stdout.on('error', endAtBrokenPipe);
  for (const command of root.commands) strict(command);
  try {
    await strict(root).parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** One line to an error: what is wrong and what to do, and no guess at what was meant. */
function strict(command: Command): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ outputError: (text, write) => write(`${text.trimEnd()} (try --help)\n`) });
}

/** Prints the error where it was not printed yet, and says which exit code it means. */
function report(error: unknown): number {
  // commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof Refusal) return say(error.message, error.exitCode);
  if (error instanceof CannotStart) return say(error.message, ExitCode.unavailable);
  if (error instanceof HarnessTrouble) return say(error.message, ExitCode.internal);
  const disk = diskTrouble(error);
  if (disk) return say(disk, ExitCode.cannotCreate);
  return say(error instanceof Error ? (error.stack ?? error.message) : String(error), ExitCode.internal);
}

function say(message: string, exitCode: number): number {
  process.stderr.write(`${message}\n`);
  return exitCode;
}

/**
 * Whoever reads has read enough (`make list | head`): end quietly, as a program without a SIGPIPE handler
 * would.
 */
function endAtBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(ExitCode.signalBase + constants.signals.SIGPIPE);
}

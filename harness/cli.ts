/**
 * The one command line of the harness: `check`, `bench`, `list`, `explain`, `serve`, `doctor`, and two for
 * maintainers.
 *
 * It parses, calls, and turns errors into one line and an exit code. What a command does stands in
 * harness/commands.
 */
import { constants } from 'node:os';
import { Command, CommanderError } from 'commander';
import { HarnessTrouble } from './checks/run.ts';
import { checkCommand } from './commands/check.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { listCommand } from './commands/list.ts';
import { maintainerCommands } from './commands/maintain.ts';
import { serveCommand } from './commands/serve.ts';
import { ExitCode, Refusal } from './exit-codes.ts';
import { CannotStart } from './process.ts';

const COMMANDS = [
  checkCommand(),
  await benchCommand(),
  listCommand(),
  explainCommand(),
  serveCommand(),
  doctorCommand(),
  ...maintainerCommands(),
];

/** Loaded only when it is called: it needs the addon, which `list` and `explain` do without. */
async function benchCommand(): Promise<Command> {
  if (process.argv[2] === 'bench') return (await import('./commands/bench.ts')).benchCommand();
  return new Command('bench').description('compare two servers: latency, throughput, cost of a message');
}

function program(): Command {
  const root = new Command('workshop').description('check and measure servers that keep docs/contract.md');
  for (const command of COMMANDS) {
    strict(command);
    root.addCommand(command);
  }
  return strict(root);
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
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(ExitCode.signalBase + constants.signals.SIGPIPE);
});

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

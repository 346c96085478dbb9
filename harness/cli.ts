/**
 * The one command line of the harness: `check`, `bench`, `list`, `explain`, `serve`, `doctor`, those for
 * exercises, and those for maintainers.
 *
 * It names the commands. What each does stands in harness/commands; how a command line ends, in run-command-line.ts.
 */
import { Command } from 'commander';
import { checkCommand } from './commands/check.ts';
import { compareCommand } from './commands/compare.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exerciseCommands } from './commands/exercises.ts';
import { explainCommand } from './commands/explain.ts';
import { flakeCommand } from './commands/flake.ts';
import { learnCommand } from './commands/learn.ts';
import { listCommand } from './commands/list.ts';
import { maintainerCommands } from './commands/maintain.ts';
import { serveCommand } from './commands/serve.ts';
import { runCommandLine } from './run-command-line.ts';

const COMMANDS = [
  checkCommand(),
  await benchCommand(),
  listCommand(),
  explainCommand(),
  serveCommand(),
  learnCommand(),
  ...exerciseCommands(),
  compareCommand(),
  doctorCommand(),
  flakeCommand(),
  await mutateCommand(),
  ...(await codecCommands()),
  ...maintainerCommands(),
];

/** Loaded only when it is called: it needs the addon, which `list` and `explain` do without. */
async function benchCommand(): Promise<Command> {
  if (process.argv[2] === 'bench') return (await import('./commands/bench.ts')).benchCommand();
  return new Command('bench').description('compare two servers: latency, throughput, cost of a message');
}

/** Loaded only when it is called: it brings the TypeScript compiler. */
async function mutateCommand(): Promise<Command> {
  if (process.argv[2] === 'mutate') return (await import('./commands/mutate.ts')).mutateCommand();
  return new Command('mutate').description('plant mechanical faults in the reference servers');
}

/** Loaded only when one is called: they bring fast-check. */
async function codecCommands(): Promise<Command[]> {
  const names = {
    fuzz: 'search for bytes on which the codecs disagree',
    coverage: 'measure what cases reach',
  };
  if (!((process.argv[2] ?? '') in names))
    return Object.entries(names).map(([name, text]) => new Command(name).description(text));
  const { fuzzCommand } = await import('./commands/fuzz.ts');
  const { coverageCommand } = await import('./commands/coverage.ts');
  return [fuzzCommand(), coverageCommand()];
}

function program(): Command {
  const root = new Command('workshop').description('check and measure servers that keep docs/contract.md');
  for (const command of COMMANDS) root.addCommand(command);
  return root;
}

await runCommandLine(program());

/**
 * `make attempts`: proves that each wrong attempt of each exercise is answered by the message that was kept for it.
 */
import { Command } from 'commander';
import { refuseBadArenaMode } from '../../commands/chosen.ts';
import { ExitCode, Refusal } from '../../exit-codes.ts';
import { inParallelTold } from '../../in-parallel.ts';
import { interruptible, untilAborted } from '../../interrupt.ts';
import { type Exercise, loadExercises } from '../../learn/exercise.ts';
import { runCommandLine } from '../../run-command-line.ts';
import { type Attempt, allAttempts, attemptId, keepMessage, keptMessage } from './attempt.ts';
import { firstMessage } from './trial.ts';

interface Options {
  only?: string;
  update?: true;
}

/** Mostly they wait, for a server that stays silent. */
const ATTEMPTS_AT_A_TIME = 2;

const command = new Command('attempts')
  .description('prove that wrong attempts at the exercises are told what was kept for them')
  .option('--only <attempt>', 'only those whose name begins so: half-close, half-close/c, half-close/c/naive')
  .option('--update', 'keep what they are told now: read it')
  .action(attempts);

async function attempts({ only = '', update }: Options): Promise<void> {
  refuseBadArenaMode();
  const exercises = loadExercises();
  const chosen = allAttempts(exercises).filter((attempt) => attemptId(attempt).startsWith(only));
  if (chosen.length === 0) throw new Refusal(`there is no attempt ${only}`);
  let failed = 0;
  await interruptible(async (signal) => {
    await untilAborted(proveAll(), signal);
    print(`${chosen.length - failed} passed, ${failed} failed`);
    if (failed > 0) process.exitCode = ExitCode.failed;
  });

  async function proveAll(): Promise<void> {
    await inParallelTold(
      chosen,
      ATTEMPTS_AT_A_TIME,
      async (attempt) => ({ id: attemptId(attempt), problem: await problemOf(attempt, exercises, update) }),
      ({ id, problem }) => {
        if (problem !== undefined) failed++;
        print(problem === undefined ? `ok    ${id}` : `FAIL  ${id}\n${problem}`);
      },
    );
  }
}

/** What is not as it was kept; undefined when all is well. */
async function problemOf(
  attempt: Attempt,
  exercises: readonly Exercise[],
  update = false,
): Promise<string | undefined> {
  try {
    const message = await firstMessage(attempt, exercises);
    if (update) keepMessage(attempt, message);
    const kept = keptMessage(attempt);
    return message === kept ? undefined : `it is told:\n${message}and not:\n${kept ?? 'nothing'}`;
  } catch (error) {
    return String(error);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await runCommandLine(command);

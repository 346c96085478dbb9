/**
 * `bench --goals`: measures the project's goals, prints their table and writes it into docs/measuring.md.
 *
 * An interrupted run, and one on a busy machine, print what they have and leave the document as it was.
 */
import { parseContender } from '../bench/contenders.ts';
import { recordEnvironment } from '../bench/environment.ts';
import type { GoalRow } from '../bench/goals/goal.ts';
import { goalsMarkdown, goalsSummary, measureGoals, writeGoals } from '../bench/goals/run.ts';
import { type Noise, NoiseMeter, OTHERS_LIMIT_CORES } from '../bench/noise.ts';
import { availableCpus, placementFor } from '../bench/placement.ts';
import type { Timing } from '../bench/plan.ts';
import { Session } from '../bench/session.ts';
import { duration } from '../bench/status.ts';
import { terminalTable } from '../bench/table.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import * as engine from '../native/engine.ts';

/** @param signal aborted by Ctrl-C */
export async function goals(timing: Timing, seed: number, signal: AbortSignal): Promise<void> {
  const at = new Date();
  const placement = placementFor(availableCpus());
  const environment = recordEnvironment(placement);
  const session = new Session(await parseContender('ts'), await parseContender('c'), placement);
  const noise = new NoiseMeter();
  const tell = (line: string): void => {
    process.stderr.write(`${duration(Date.now() - at.getTime())}  ${line}\n`);
  };
  tell('measuring the goals, about 15 minutes');
  try {
    const rows = await measureGoals(
      { session, engine, timing, seed, noise, signal, onProgress: () => {} },
      tell,
    );
    show(rows);
    if (signal.aborted) return;
    keep(rows, environment, at, noise.summary(), tell);
  } finally {
    await session.close();
  }
}

/** Figures of a machine that was busy with something else are shown, and not kept. */
function keep(
  rows: readonly GoalRow[],
  environment: ReturnType<typeof recordEnvironment>,
  at: Date,
  noise: Noise | undefined,
  tell: (line: string) => void,
): void {
  if (noise && noise.othersCores > OTHERS_LIMIT_CORES)
    throw new Refusal(
      `others used ${noise.othersCores.toFixed(1)} cores meanwhile: docs/measuring.md was left as it was; close what else is running, and try again`,
      ExitCode.failed,
    );
  writeGoals(goalsMarkdown(rows, environment, at, noise));
  tell('written into docs/measuring.md');
}

function show(rows: readonly GoalRow[]): void {
  const table = terminalTable(
    [
      { title: 'goal', align: 'right', cell: (row: GoalRow) => String(row.goal) },
      { title: 'what', cell: ({ what }) => what },
      { title: 'wanted', cell: ({ wanted }) => wanted },
      { title: 'measured', cell: ({ measured }) => measured },
      { title: 'verdict', cell: ({ verdict }) => verdict },
    ],
    rows,
  );
  process.stdout.write(`${table}\n\n${goalsSummary(rows)}\n`);
}

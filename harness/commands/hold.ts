/**
 * `check --hold`: starts the server of one check, says how to attach a debugger, and runs the check when
 * Enter is pressed.
 *
 * No deadline anywhere, and no arena: a debugger must find the process and a browser the port.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Check } from '../checks/check.ts';
import type { Server } from '../checks/context.ts';
import { runChecks } from '../checks/run.ts';
import { ExitCode } from '../exit-codes.ts';
import { checkLines, failureTexts, summaryLine } from '../report/text.ts';
import type { ServerSpec } from '../servers.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Returns when the check has run; Ctrl-C ends server and harness at any time. */
export async function hold(
  spec: ServerSpec,
  check: Check,
  seed: number,
  tier: 'quick' | 'full',
): Promise<void> {
  const held: Check = {
    ...check,
    async run(context) {
      if (check.startsServer === false)
        process.stdout.write(`${check.id} starts its servers itself: there is nothing to hold\n`);
      else await waitForEnter(spec, context.server);
      await check.run(context);
    },
  };
  const results = await runChecks({
    spec,
    checks: [held],
    seed,
    tier,
    withoutDeadline: true,
    whyNoArena: 'the server is held for a debugger',
  });
  const report = { spec, results, durationMs: 0 };
  process.stdout.write(`${[...checkLines(report), ...failureTexts(report, { seed, tier })].join('\n\n')}\n`);
  process.stdout.write(`${summaryLine(results)}\n`);
  if (results.some(({ verdict }) => verdict === 'fail')) process.exitCode = ExitCode.failed;
}

async function waitForEnter(spec: ServerSpec, server: Server): Promise<void> {
  process.stdout.write(
    `${spec.name} listens on ${server.host} port ${server.port}, pid ${server.pid}\n` +
      `attach with:  ${attachCommand(spec, server.pid)}\n` +
      'Enter runs the check, Ctrl-C stops the server\n',
  );
  const lines = createInterface({ input: process.stdin });
  // The end of stdin is no Enter: a held server waits until it is told.
  const forever = setInterval(() => {}, LONGEST_TIMER_MS);
  await once(lines, 'line');
  clearInterval(forever);
  lines.close();
}

function attachCommand(spec: ServerSpec, pid: number): string {
  return spec.track === 'ts' ? `kill -USR1 ${pid} && node inspect -p ${pid}` : `gdb -p ${pid}`;
}

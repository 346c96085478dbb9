/**
 * No check sleeps, tries again or picks a port: the rules of check-rules.ts over every file of checks, and over texts that break each of
 * them. A rule that nothing can break is no rule.
 */
import { describe, expect, it } from 'vitest';
import { checkRuleViolations } from './check-rules.ts';
import { readFile, repositoryFiles } from './repository-files.ts';

describe('the checks', () => {
  const files = repositoryFiles('harness/checks/*.ts');

  it('are there to be looked at', () => expect(files).toContain('harness/checks/tcp-close.ts'));

  it.each(files)('in %s neither sleep, nor try again, nor pick a port', (file) => {
    expect(checkRuleViolations(file, readFile(file))).toEqual([]);
  });

  it('are never run twice by Vitest to get them green', () => {
    expect(readFile('vitest.config.ts')).toMatch(/^ *retry: 0,$/m);
  });
});

describe('the rules for checks', () => {
  const violations = (text: string): string[] => checkRuleViolations('harness/checks/x.ts', text);

  it.each([
    ["import { setTimeout as pause } from 'node:timers/promises';", 'imports timers'],
    ["import { setInterval } from 'timers';", 'imports timers'],
    ['await new Promise((resolve) => setTimeout(resolve, 50));', 'calls setTimeout'],
    ['globalThis.setTimeout(done, 50);', 'calls globalThis.setTimeout'],
    ['setInterval(look, 10);', 'calls setInterval'],
    ['Atomics.wait(cell, 0, 0, 100);', 'calls Atomics.wait'],
    ['await scheduler.wait(10);', 'calls scheduler.wait'],
    ['while (performance.now() < end);', 'loops until the clock'],
    ['do look(); while (Date.now() < end);', 'loops until the clock'],
    ['for (; Date.now() < end; );', 'loops until the clock'],
    ["await context.until('some time', () => performance.now() > end);", 'waits until the clock'],
    ['await context.elapse(50);', 'elapse() without a reason'],
    ["await context.elapse(50, '');", 'elapse() without a reason'],
    ["await context.elapse(50, 'wait');", 'elapse() without a reason'],
    ['await context.elapse(50, why);', 'elapse() without a reason'],
    ['const check = { id, retry: 3 };', 'retry: a check that fails once has failed'],
    ['for (let retries = 0; ; );', 'retries: a check'],
    ['await context.start({ port: 9123 });', 'a fixed port'],
    ["await context.start({ 'port': 9123 });", 'a fixed port'],
    ['const localPort = 40000;', 'a fixed port'],
    ['const BUSY_PORT = 40000;', 'a fixed port'],
    ['server.listen(8080);', 'a fixed port'],
    ["net.connect(8080, 'localhost');", 'a fixed port'],
  ])('report %s', (text, part) => {
    const found = violations(`\n${text}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`harness/checks/x.ts:2: ${part}`);
  });

  it.each([
    ["const hint = 'setTimeout() and retry: port: 8080';"],
    ['// setTimeout(resolve, 50): never'],
    ["await context.elapse(50, 'no reply may come before the delay has passed');"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text under test
    ['await context.elapse(DELAY_MS, `a request of ${n} ms is not due before`);'],
    ["await context.until('the server to sleep', () => asleep(server));"],
    ['const startedAt = performance.now();'],
    ["await context.start({ port: 0 }); launch({ port: '65536' });"],
    ['connect({ port: server.port });'],
    ['server.listen(0);'],
    ['const report = 7;'],
  ])('allow %s', (text) => expect(violations(text)).toEqual([]));

  it('allow timers only in the files that are named for it', () => {
    const text = "import { setTimeout } from 'node:timers/promises';";
    expect(checkRuleViolations('harness/checks/live-context.ts', text)).toEqual([]);
    expect(checkRuleViolations('harness/checks/tcp.ts', text)).toHaveLength(1);
  });
});

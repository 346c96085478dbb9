import { describe, expect, it } from 'vitest';
import { GATE_CHECKS, gateFailure } from '../bench/gate.ts';
import { checksFor } from '../checks/catalogue.ts';
import type { CheckResult } from '../checks/result.ts';
import { SUITES } from '../servers.ts';

const passed: CheckResult = {
  id: 'tcp.keep-open',
  title: 't',
  rule: 'r',
  level: 'must',
  server: 's',
  verdict: 'pass',
  durationMs: 1,
};

describe('the gate of the bench', () => {
  it.each(SUITES)('has at most five checks for %s, and all of them exist and are run here', (suite) => {
    const ids = checksFor(suite)
      .filter((check) => !check.needs?.includes('arena'))
      .map((check) => check.id);
    expect(GATE_CHECKS[suite].length).toBeLessThanOrEqual(5);
    expect(ids).toEqual(expect.arrayContaining([...GATE_CHECKS[suite]]));
  });

  it('lets a server through that fails nothing', () => {
    const notJudged: CheckResult = { ...passed, verdict: 'not judged', why: 'no prlimit' };
    expect(gateFailure('C', 'tcp-echo', [passed, notJudged])).toBeUndefined();
  });

  it('names the first failure in one line, and says that the server is not measured', () => {
    const facts = { expected: '8 bytes', actual: '7 bytes' };
    const failed: CheckResult = { ...passed, verdict: 'fail', failure: { facts, steps: [], stderr: '' } };
    expect(gateFailure('C', 'tcp-echo', [passed, failed])).toBe(
      'C: the tcp-echo server fails tcp.keep-open: expected 8 bytes, got 7 bytes; it is not measured (see `make check`)',
    );
  });
});

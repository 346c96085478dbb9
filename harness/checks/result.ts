/**
 * What became of each check: plain data that travels between processes and into reports.
 */
import type { Exit } from '../process.ts';
import type { FailureFacts, Level } from './check.ts';

export type Verdict = 'pass' | 'fail' | 'not judged';

export interface CheckResult {
  id: string;
  title: string;
  rule: string;
  level: Level;
  /** Name of the server: `framed/c`. */
  server: string;
  verdict: Verdict;
  /** Only for `not judged`. */
  why?: string;
  /** Only for `fail`. */
  failure?: Failure;
  /** Only for `pass`, and seldom: what a stricter reading would not have passed. */
  note?: Failure;
  durationMs: number;
}

export interface Failure {
  facts: FailureFacts;
  /** What the check had done so far, a sentence each. */
  steps: string[];
  /** The last lines that the servers of the check wrote to stderr. */
  stderr: string;
  /** How a server of the check ended, where that was not in order. */
  crash?: Exit;
}

/** As much of a result as is needed to count it. */
export interface Judged {
  verdict: Verdict;
  why?: string | undefined;
}

export interface Counts {
  passed: number;
  failed: number;
  notJudged: number;
  /** The reasons for `not judged`, each once. */
  why: string[];
}

export function count(results: readonly Judged[]): Counts {
  const having = (verdict: Verdict) => results.filter((result) => result.verdict === verdict);
  const notJudged = having('not judged');
  return {
    passed: having('pass').length,
    failed: having('fail').length,
    notJudged: notJudged.length,
    why: [...new Set(notJudged.map(({ why }) => why ?? 'no reason given'))],
  };
}

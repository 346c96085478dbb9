/**
 * What a measurement says of one source file, whichever language: lines and branches, and which of them nothing reached.
 */

export interface FileCoverage {
  /** From the root of the repository. */
  file: string;
  lines: Share;
  branches: Share;
}

export interface Share {
  total: number;
  /** `line`, or `line:column`, of each that was not reached. */
  missed: string[];
}

/** Branches that nothing can reach, each with the reason. None: what cannot be reached is removed. */
export const UNREACHABLE: readonly { file: string; at: string; why: string }[] = [];

/** The share of branches of each codec that has to be reached. */
export const BRANCH_GOAL_PERCENT = 100;

export function percent({ total, missed }: Share): number {
  return total === 0 ? 100 : (100 * (total - missed.length)) / total;
}

/** The same without what is known to be out of reach. */
export function withoutUnreachable(coverage: FileCoverage): FileCoverage {
  const excepted = UNREACHABLE.filter(({ file }) => file === coverage.file).map(({ at }) => at);
  const { total, missed } = coverage.branches;
  const left = missed.filter((at) => !excepted.includes(at));
  return { ...coverage, branches: { total: total - (missed.length - left.length), missed: left } };
}

/**
 * Whether a trial is what the server's entry says: what must fail failed, nothing else did, and a student is shown the kept words.
 *
 * Pure.
 */
import type { Verdict } from '../../checks/result.ts';
import type { FaultyServer } from './entry.ts';
import type { Outcome, Trial } from './trial.ts';

export interface Judgement {
  verdict: Verdict;
  /** What is not as the entry says, a sentence each. */
  problems: string[];
  /** Only for `not judged`: the reasons. */
  why?: string;
}

/**
 * Judges one trial. `kept` is the message to compare with; undefined where the words are not compared.
 */
export function judge(server: FaultyServer, trial: Trial, kept?: string): Judgement {
  const problems = [
    ...(trial.trouble === undefined ? [] : [`the harness itself went wrong: ${trial.trouble}`]),
    ...survived(server, trial),
    ...unexpected(server, trial),
    ...silence(server, trial),
    ...otherWords(trial, kept),
  ];
  if (problems.length > 0) return { verdict: 'fail', problems };
  const why = unjudged(server, trial);
  return why === '' ? { verdict: 'pass', problems } : { verdict: 'not judged', problems, why };
}

/** The ids of the checks that failed, in the order in which they are shown. */
export function killers({ outcomes }: Trial): string[] {
  return outcomes.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
}

/** True when all of `mustFail` failed, and each because nothing came in time. */
export function killedOnlyByDeadline({ mustFail }: FaultyServer, { outcomes }: Trial): boolean {
  const late = outcomes.filter(({ byDeadline }) => byDeadline).map(({ id }) => id);
  return mustFail.length > 0 && mustFail.every((id) => late.includes(id));
}

function survived({ mustFail }: FaultyServer, { outcomes }: Trial): string[] {
  return outcomes
    .filter(({ id, verdict }) => mustFail.includes(id) && verdict === 'pass')
    .map(({ id }) => `${id} passed, and must fail`);
}

function unexpected({ mustFail, mayFail }: FaultyServer, { outcomes }: Trial): string[] {
  const named = [...mustFail, ...mayFail];
  return outcomes
    .filter(({ id, verdict }) => verdict === 'fail' && !named.includes(id))
    .map(({ id, expected, actual }) => `${id} failed, and must pass: expected ${expected}, got ${actual}`);
}

function silence(server: FaultyServer, trial: Trial): string[] {
  if (server.silent !== undefined || !killedOnlyByDeadline(server, trial)) return [];
  return ['only deadlines show the fault, and the entry does not say why'];
}

function otherWords({ message }: Trial, kept: string | undefined): string[] {
  if (message === undefined || kept === undefined || message === kept) return [];
  return [`the first message is not the kept one:\n${message}where this is kept:\n${kept}`.trimEnd()];
}

/**
 * Reasons that lie with this machine. What may fail need not be judged either, and nothing is judged of a server that is not
 * ready: that follows from its fault.
 */
function unjudged({ mustFail, mayFail }: FaultyServer, trial: Trial): string {
  const consequences = killers(trial).map((id) => `${id} failed`);
  const relevant = ({ id, verdict, why = '' }: Outcome): boolean =>
    verdict === 'not judged' &&
    !mayFail.includes(id) &&
    (mustFail.includes(id) || !consequences.includes(why));
  return [...new Set(trial.outcomes.filter(relevant).map(({ why }) => why ?? 'no reason given'))].join('; ');
}

import { describe, expect, it } from 'vitest';
import { entries, type FaultyServer } from './faulty/entry.ts';
import { judge } from './faulty/judgement.ts';
import { scoreLines } from './faulty/report.ts';
import { scoreOf } from './faulty/score.ts';
import { everyCheck, firstCheckAndThree, namedChecksAndOthers, onlyChecks } from './faulty/selection.ts';
import type { Outcome, Trial } from './faulty/trial.ts';

const [server, correct, silent] = entries('c', 'tcp-echo', [
  ['wrong', 'tcp.half-close tcp.echo-basic', 'tcp.rst-survive'],
  ['unusual', ''],
  ['quiet', 'tcp.echo-basic', '', { silent: 'nothing comes' }],
]) as [FaultyServer, FaultyServer, FaultyServer];

const pass = (id: string): Outcome => ({ id, verdict: 'pass' });
const fail = (id: string): Outcome => ({ id, verdict: 'fail', expected: 'x', actual: 'y' });
const late = (id: string): Outcome => ({ ...fail(id), byDeadline: true });
const trial = (...outcomes: Outcome[]): Trial => ({
  server: 'c/wrong',
  outcomes,
  durationMs: 1,
  message: 'words\n',
});

describe('a trial of a wrong server', () => {
  const asDeclared = [fail('tcp.echo-basic'), fail('tcp.half-close'), pass('tcp.keep-open')];

  it.each(['pass', 'fail'] as const)(
    'passes when all that must fail did, and what may fail did %s',
    (verdict) => {
      const free = { ...fail('tcp.rst-survive'), verdict };
      expect(judge(server, trial(...asDeclared, free), 'words\n')).toEqual({ verdict: 'pass', problems: [] });
    },
  );

  it('fails when a check let the fault through', () => {
    const { verdict, problems } = judge(server, trial(fail('tcp.echo-basic'), pass('tcp.half-close')));
    expect([verdict, ...problems]).toEqual(['fail', 'tcp.half-close passed, and must fail']);
  });

  it('fails when a check fails that its entry does not name', () => {
    const { problems } = judge(server, trial(...asDeclared, fail('tcp.serial-hol')));
    expect(problems).toEqual(['tcp.serial-hol failed, and must pass: expected x, got y']);
  });

  it('fails when a student is shown other words, or none were kept', () => {
    for (const kept of ['older words\n', ''])
      expect(judge(server, trial(...asDeclared), kept).problems).toHaveLength(1);
  });

  it('fails when the harness went wrong', () => {
    const { problems } = judge(server, { ...trial(), trouble: 'a stack' });
    expect(problems).toEqual(['the harness itself went wrong: a stack']);
  });

  it('fails when deadlines alone show a fault that is not called silent', () => {
    const unseen = trial(late('tcp.echo-basic'), late('tcp.half-close'));
    expect(judge(server, unseen).problems).toEqual([
      'only deadlines show the fault, and the entry does not say why',
    ]);
    expect(judge(silent, trial(late('tcp.echo-basic'))).problems).toEqual([]);
    expect(judge(silent, trial(fail('tcp.echo-basic'))).problems).toEqual([]);
  });

  it('is not judged when this machine could not run what must fail', () => {
    const missing: Outcome = { id: 'tcp.half-close', verdict: 'not judged', why: 'no arena' };
    const { verdict, why } = judge(server, trial(fail('tcp.echo-basic'), missing));
    expect([verdict, why]).toEqual(['not judged', 'no arena']);
  });

  it('is judged although others were not, where that follows from its fault', () => {
    const consequence: Outcome = { id: 'tcp.keep-open', verdict: 'not judged', why: 'tcp.echo-basic failed' };
    expect(judge(server, trial(...asDeclared.slice(0, 2), consequence)).verdict).toBe('pass');
    const free: Outcome = {
      id: 'tcp.rst-survive',
      verdict: 'not judged',
      why: 'a state that was not reached',
    };
    expect(judge(server, trial(...asDeclared, free)).verdict).toBe('pass');
  });
});

describe('the checks chosen for a server', () => {
  const ids = (checks: ReturnType<typeof everyCheck>): string[] => checks.map(({ id }) => id);

  it('are those that its entry names and ten others, the same for the same seed', () => {
    const chosen = ids(namedChecksAndOthers(server, 1));
    expect(chosen).toHaveLength(13);
    expect(chosen).toEqual(expect.arrayContaining(['tcp.echo-basic', 'tcp.half-close', 'tcp.rst-survive']));
    expect(ids(namedChecksAndOthers(server, 1))).toEqual(chosen);
    expect(ids(namedChecksAndOthers(server, 2))).not.toEqual(chosen);
  });

  it('are all of the quick tier where the server is correct', () => {
    const quick = everyCheck(correct, 1).filter(({ tier }) => tier !== 'full');
    expect(ids(namedChecksAndOthers(correct, 1))).toEqual(ids(quick));
  });

  it('are the first and three that it must pass, in the sample', () => {
    const chosen = ids(firstCheckAndThree(server, 1));
    expect(chosen).toHaveLength(4);
    expect(chosen).toContain('tcp.echo-basic');
    expect(chosen).not.toContain('tcp.half-close');
  });

  it('are those that were asked for and apply to it, whether its entry names them or not', () => {
    const asked = ['tcp.rst-survive', 'stream.hammer', 'udp.echo'];
    expect(ids(onlyChecks(asked)(server, 1)).toSorted()).toEqual(['stream.hammer', 'tcp.rst-survive']);
    expect(onlyChecks(['udp.echo'])(server, 1)).toEqual([]);
  });

  it('are also those that show a server not to be ready, where its entry names them', () => {
    const [unready] = entries('c', 'tcp-echo', [['unready', 'ready.line']]) as [FaultyServer];
    expect(ids(onlyChecks(['stream.hammer'])(unready, 1)).toSorted()).toEqual([
      'ready.line',
      'stream.hammer',
    ]);
    expect(onlyChecks(['udp.echo'])(unready, 1)).toEqual([]);
  });
});

describe('the score', () => {
  const tried = (one: FaultyServer, ...outcomes: Outcome[]) => ({
    server: one,
    trial: { ...trial(...outcomes), server: `c/${one.name}` },
    judgement: { verdict: 'pass' as const, problems: [] },
  });
  const checkIds = ['tcp.echo-basic', 'tcp.keep-open', 'tcp.half-close'];

  it('counts the killed, and names survivors, only killers and checks that kill nobody', () => {
    const score = scoreOf(
      [
        tried(server, pass('tcp.echo-basic'), fail('tcp.half-close')),
        tried(silent, pass('tcp.echo-basic')),
        tried(correct, pass('tcp.keep-open')),
      ],
      checkIds,
    );
    expect(score).toMatchObject({
      wrong: 2,
      killed: 1,
      survivors: ['c/quiet'],
      correct: 1,
      unharmed: 1,
      onlyKillers: new Map([['tcp.half-close', ['c/wrong']]]),
      idleChecks: ['tcp.echo-basic', 'tcp.keep-open'],
    });
  });

  it('names the servers that a deadline alone shows, with the reason', () => {
    const score = scoreOf([tried(silent, late('tcp.echo-basic'))], checkIds);
    expect(score.onlyByDeadline).toEqual([{ server: 'c/quiet', why: 'nothing comes' }]);
  });

  it('ends with the line of every summary', () => {
    const all = [tried(server, fail('tcp.half-close'))];
    expect(scoreLines(all, scoreOf(all, checkIds)).at(-1)).toBe('1 passed, 0 failed, 0 not judged');
  });
});

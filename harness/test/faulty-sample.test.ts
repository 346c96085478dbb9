/**
 * Proves on a sample that the checks bite: about one wrong server for each group of checks, in both languages, against the check that
 * a student is shown first and three that it has to pass. The rest, every wrong server against every check that its entry names, runs in
 * `make mutants`; all of the matrix in `make mutants FULL=1`.
 */
import { describe, expect, it } from 'vitest';
import { catalogue } from '../checks/catalogue.ts';
import { faultyServers } from './faulty/catalogue.ts';
import { idOf } from './faulty/entry.ts';
import { judge } from './faulty/judgement.ts';
import { keptMessage, MESSAGE_SEED } from './faulty/message.ts';
import { firstCheckAndThree } from './faulty/selection.ts';
import { tryServer } from './faulty/trial.ts';

const SAMPLE = [
  'ts/ready-before-listen',
  'c/port-wraps',
  'ts/logs-on-stdout',
  'ts/upper-cases',
  'c/shared-buffer',
  'ts/utf8-round-trip',
  'c/udp-1500-bytes',
  'ts/udp-merges',
  'c/limit-off-by-one',
  'ts/ignores-write-result',
  'c/wakes-every-ms',
  'ts/idle-too-early',
  'c/keeps-every-message',
  'c/listens-on',
  'ts/exit-in-handler',
];

const sample = faultyServers.filter((server) => SAMPLE.includes(idOf(server)));
const groupOf = (id: string): string => id.slice(0, id.indexOf('.'));

describe('a wrong server', () => {
  it.concurrent.for(sample)(
    'is told its fault in the kept words: $language/$name',
    async (server, { expect }) => {
      const checks = firstCheckAndThree(server, MESSAGE_SEED);
      const trial = await tryServer(server, checks, MESSAGE_SEED);
      expect(trial.message).toBe(keptMessage(server));
      expect(judge(server, trial).problems).toEqual([]);
      expect(trial.outcomes).toHaveLength(4);
    },
  );
});

describe('the sample', () => {
  it('names servers that are there', () => {
    expect(sample.map(idOf).sort()).toEqual([...SAMPLE].sort());
  });

  it('has a server for every group of checks, and of both languages', () => {
    const groups = new Set(sample.map(({ first }) => groupOf(first ?? '')));
    expect([...groups].sort()).toEqual([...new Set(catalogue.map(({ id }) => groupOf(id)))].sort());
    expect(new Set(sample.map(({ language }) => language))).toEqual(new Set(['c', 'ts']));
  });
});

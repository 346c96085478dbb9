/**
 * Holds the tables of wrong servers to account: they name every server that is there and only checks that exist, and no check goes
 * without a server that must fail it. That they do fail is proved by `make mutants`, on a sample in faulty-sample.test.ts.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue, checksFor } from '../checks/catalogue.ts';
import { faultyServers } from './faulty/catalogue.ts';
import { idOf } from './faulty/entry.ts';
import { faultOf, firstSentence } from './faulty/fault.ts';
import { messageFile } from './faulty/message.ts';
import { unobservable } from './faulty/unobservable.ts';

const FOLDER = join(import.meta.dirname, 'faulty');
/** Files that are no server of their own. */
const BASES = {
  c: ['buffer', 'connections', 'contract', 'drain', 'framed', 'limits', 'replies', 'stream', 'tcp', 'udp'],
  ts: ['contract', 'delays', 'frame-clock', 'framed', 'framed-fault', 'frames', 'replies', 'tcp', 'udp'],
};

const wrong = faultyServers.filter(({ mustFail }) => mustFail.length > 0);
const correct = faultyServers.filter(({ mustFail }) => mustFail.length === 0);

describe('the checks', () => {
  it.each(catalogue)('$id is failed by a wrong server', ({ id }) => {
    expect(wrong.filter(({ mustFail }) => mustFail.includes(id))).not.toEqual([]);
  });
});

describe('the tables of wrong servers', () => {
  it.each(['c', 'ts'] as const)('name every server in %s/, once', (language) => {
    const files = readdirSync(join(FOLDER, language))
      .filter((file) => file.endsWith(`.${language}`))
      .map((file) => basename(file, `.${language}`))
      .filter((name) => !BASES[language].includes(name));
    const named = faultyServers.filter((server) => server.language === language).map(({ name }) => name);
    expect(named.toSorted()).toEqual(files.sort());
  });

  it.each(faultyServers)(
    'name checks of its protocol for $language/$name',
    ({ suite, mustFail, mayFail }) => {
      const known = checksFor(suite).map(({ id }) => id);
      expect([...mustFail, ...mayFail].filter((id) => !known.includes(id))).toEqual([]);
    },
  );

  it.each(wrong)(
    'show $first first of $language/$name, and nothing that must fail stands before it',
    ({ first, mustFail }) => {
      const places = mustFail.map((id) => catalogue.findIndex((check) => check.id === id));
      expect(catalogue[Math.min(...places)]?.id).toBe(first);
    },
  );

  it('let nothing fail on a correct server', () => {
    expect(correct.flatMap(({ mayFail }) => mayFail)).toEqual([]);
  });

  it('keep one message for each wrong server', () => {
    const kept = readdirSync(join(FOLDER, 'messages'));
    expect(kept.toSorted()).toEqual(wrong.map((server) => basename(messageFile(server))).sort());
  });

  it('hold at most one fault in ten for unobservable, each after an experiment', () => {
    expect(unobservable.length).toBeLessThanOrEqual((wrong.length + unobservable.length) / 10);
    expect(unobservable.filter(({ tries, seen }) => tries < 10 || seen > tries / 10)).toEqual([]);
  });
});

describe('the comment of a wrong server', () => {
  it.each(faultyServers.map((server) => [idOf(server), server] as const))(
    'says what %s does',
    (_, server) => {
      expect(faultOf(server)).not.toBe('');
    },
  );

  it.each([
    ['/* Fault: no handler. The rest. */', 'no handler'],
    ['/* Fault: `>=` where `>` is\n * meant. More. */', '`>=` where `>` is meant'],
    ['/**\n * Fault: a.b() is called; more.\n */', 'a.b() is called'],
    ['/** Unusual and correct: logs. */', 'logs'],
  ])('gives the first sentence of %j', (text, sentence) => expect(firstSentence(text)).toBe(sentence));

  it.each(['/* A buffer. */', '#include <x.h>', 'int a; /* Fault: late. */'])('is missed in %j', (text) => {
    expect(firstSentence(text)).toBeUndefined();
  });
});

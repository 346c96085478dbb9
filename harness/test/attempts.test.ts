/**
 * Wrong attempts at the exercises are answered with the message that was kept, on a sample of both languages; `make attempts` runs all.
 * Every exercise has its three in each language, and every message says why and where to look.
 */
import { describe, expect, it } from 'vitest';
import { loadExercises } from '../learn/exercise.ts';
import { allAttempts, attemptId, keptMessage } from './attempts/attempt.ts';
import { firstMessage } from './attempts/trial.ts';

const SAMPLE = [
  'half-close/ts/crash',
  'frame-codec/ts/naive',
  'udp-echo/c/misunderstanding',
  'tcp-echo/c/crash',
];

const exercises = loadExercises();
const attempts = allAttempts(exercises);
const sample = attempts.filter((attempt) => SAMPLE.includes(attemptId(attempt)));

describe('a wrong attempt', () => {
  it.for(sample.map((attempt) => [attemptId(attempt), attempt] as const))(
    'is told what was kept for it: %s',
    async ([, attempt]) => {
      expect(await firstMessage(attempt, exercises)).toBe(keptMessage(attempt));
    },
  );

  it.for(attempts.map((attempt) => [attemptId(attempt), attempt] as const))(
    'is told why, and where to look: %s',
    ([, attempt]) => {
      const message = keptMessage(attempt);
      expect(message).toMatch(/^look at: /m);
      expect(message).not.toMatch(/not named|nothing named/);
    },
  );

  it('is in the sample under its name', () => expect(sample).toHaveLength(SAMPLE.length));
});

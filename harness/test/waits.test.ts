/**
 * What a check waits for, when all of it ends at once.
 */
import { describe, expect, it } from 'vitest';
import { Waits } from '../checks/waits.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('the waits of a check', () => {
  it('are named each once when the deadline comes, with how often, in an order that no chance decides', async () => {
    const waits = new Waits();
    const all = ['the echo', 'a connection', 'the echo', 'the echo'].map((what) => waits.for(what, never()));
    const failure = waits.expire(1500);
    expect(failure.facts).toEqual({
      expected: 'a connection, and the echo (3 times)',
      actual: 'nothing more happened within 1.5 s',
    });
    for (const wait of all) await expect(wait).rejects.toBe(failure);
  });

  it('are not named any more once they have come', async () => {
    const waits = new Waits();
    await waits.for('the echo', Promise.resolve());
    expect(waits.expire(1000).facts.expected).toBe('the check to come to its end');
  });
});

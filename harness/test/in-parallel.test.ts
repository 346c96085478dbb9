import { describe, expect, it } from 'vitest';
import { inParallel, inParallelTold } from '../in-parallel.ts';

describe('jobs in parallel', () => {
  it('are begun in order, each as soon as there is room', async () => {
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = inParallel([0, 1, 2, 3], 2, (item) => {
      begun.push(item);
      return new Promise((resolve) => ends.push(resolve));
    });
    expect(begun).toEqual([0, 1]);
    ends[1]?.();
    await expect.poll(() => begun).toEqual([0, 1, 2]);
    ends[0]?.();
    await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
    ends[2]?.();
    ends[3]?.();
    await all;
  });

  it('stop at the first failure, which is told when nothing is under way any more', async () => {
    const begun: number[] = [];
    let endSecond = (): void => {};
    const all = inParallel([0, 1, 2, 3], 2, async (item) => {
      begun.push(item);
      if (item === 0) throw new Error('trouble with 0');
      await new Promise<void>((resolve) => {
        endSecond = resolve;
      });
    });
    const told = expect(all).rejects.toThrow('trouble with 0');
    let isTold = false;
    all.catch(() => {
      isTold = true;
    });
    await new Promise(setImmediate);
    expect(isTold).toBe(false);
    endSecond();
    await told;
    expect(begun).toEqual([0, 1]);
  });

  it('are told in their order, whichever of them ends first', async () => {
    const ends: (() => void)[] = [];
    const told: string[] = [];
    const all = inParallelTold(
      ['first', 'second', 'third'],
      3,
      (item) => new Promise<string>((resolve) => ends.push(() => resolve(item))),
      (result) => told.push(result),
    );
    ends[2]?.();
    ends[1]?.();
    await new Promise(setImmediate);
    expect(told).toEqual([]);
    ends[0]?.();
    await all;
    expect(told).toEqual(['first', 'second', 'third']);
  });
});

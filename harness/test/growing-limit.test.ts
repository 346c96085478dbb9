import { describe, expect, it } from 'vitest';
import { CheckFailure, NotJudged } from '../checks/check.ts';
import type { CheckContext, Peer, Server } from '../checks/context.ts';
import { consumedWithin, TooSlow, unlessTooSlow, withGrowingLimit } from '../checks/growing-limit.ts';
import type { Flags } from '../process.ts';

const LIMITED = { flag: 'frame-timeout-ms', firstMs: 300, flags: { workers: 1 } };
const PEER = {} as Peer;

/** A context whose servers do nothing, and remember with which flags they were started. */
function contextWith(parts: Partial<CheckContext> = {}): { context: CheckContext; started: Flags[] } {
  const started: Flags[] = [];
  const start = async (flags?: Flags): Promise<Server> => {
    started.push(flags ?? {});
    return {} as Server;
  };
  return { context: { server: {} as Server, start, ...parts } as CheckContext, started };
}

describe('a check that must be quicker than a limit of its server', () => {
  it('is judged by the first try that was: the limit doubles, and each has a server of its own', async () => {
    const { context, started } = contextWith();
    const limits: number[] = [];
    await withGrowingLimit(context, LIMITED, async (server, limitMs) => {
      expect(server === context.server).toBe(limits.length === 0);
      limits.push(limitMs);
      if (limitMs < 1200) throw new TooSlow();
    });
    expect(limits).toEqual([300, 600, 1200]);
    expect(started).toEqual([
      { workers: 1, 'frame-timeout-ms': 600 },
      { workers: 1, 'frame-timeout-ms': 1200 },
    ]);
  });

  it('fails with what the server did wrong in a try that was quick enough', async () => {
    const failure = new CheckFailure({ expected: 'a', actual: 'b' });
    const wrong = withGrowingLimit(contextWith().context, LIMITED, async () => {
      throw failure;
    });
    await expect(wrong).rejects.toBe(failure);
  });

  it('is not judged when no try was', async () => {
    const late = withGrowingLimit(contextWith().context, LIMITED, async () => {
      throw new TooSlow();
    });
    await expect(late).rejects.toBeInstanceOf(NotJudged);
  });
});

describe('waiting until the server has read', () => {
  it('says nothing where that was within the time', async () => {
    const { context } = contextWith({ consumed: async () => {} });
    await expect(consumedWithin(context, PEER, performance.now(), 1000)).resolves.toBeUndefined();
  });

  it('is too slow where it was not: a piece that comes late is not the fault of the server', async () => {
    const { context } = contextWith({ consumed: async () => {} });
    await expect(consumedWithin(context, PEER, performance.now() - 1001, 1000)).rejects.toThrow(TooSlow);
  });
});

describe('work that a right server may end', () => {
  const failure = new CheckFailure({ expected: 'a reply', actual: 'the server sent FIN' });
  const fails = async (): Promise<never> => {
    throw failure;
  };

  it('fails before that time', async () => {
    await expect(unlessTooSlow(performance.now(), 1000, fails)).rejects.toBe(failure);
  });

  it('says nothing after it', async () => {
    await expect(unlessTooSlow(performance.now() - 1000, 1000, fails)).rejects.toBeInstanceOf(TooSlow);
  });
});

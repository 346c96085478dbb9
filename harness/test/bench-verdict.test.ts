import { describe, expect, it } from 'vitest';
import { judge, judgeSelfCheck, type Verdict, type VerdictInput } from '../bench/verdict.ts';

const six = 31 / 32;
const clean: VerdictInput = {
  labels: { a: 'TypeScript', b: 'C' },
  figure: 'throughput',
  quick: false,
  ratio: { value: 0.53, low: 0.5, high: 0.56, confidence: six },
  coverage: six,
  selfCheck: judgeSelfCheck({ value: 1.002, low: 0.99, high: 1.01, confidence: 0.95 }),
  loads: [
    { label: 'TypeScript', load: { engineBusy: 0.6, serverBusy: 1 } },
    { label: 'C', load: { engineBusy: 0.97, serverBusy: 0.98 } },
  ],
  othersCores: 0.05,
};

function verdict(change: Partial<VerdictInput>): Verdict {
  return judge({ ...clean, ...change });
}

describe('the verdict of a scenario', () => {
  it('names the faster one first, by how much, with the interval turned over', () => {
    expect(judge(clean)).toEqual({
      kind: 'difference',
      words: 'C is 1.89x [1.79, 2.00] of TypeScript',
      remarks: [],
    });
  });

  it('names A first when A is faster', () => {
    const ratio = { value: 1.2, low: 1.1, high: 1.3, confidence: six };
    expect(verdict({ ratio }).words).toBe('TypeScript is 1.20x [1.10, 1.30] of C');
  });

  it('shows no difference when the interval includes 1, even at its edge', () => {
    const ratio = { value: 0.9, low: 0.8, high: 1, confidence: six };
    expect(verdict({ ratio })).toMatchObject({ kind: 'no-difference', words: 'no difference shown' });
  });

  it('speaks of latency in an open loop', () => {
    const ratio = { value: 1.5, low: 1.4, high: 1.6, confidence: six };
    expect(verdict({ ratio, figure: 'latency' }).words).toBe(
      'median latency of TypeScript is 1.50x [1.40, 1.60] of that of C',
    );
  });

  it('gives no ranking on a machine whose self-check failed', () => {
    const wide = judgeSelfCheck({ value: 1, low: 0.97, high: 1.03, confidence: 0.95 });
    expect(verdict({ selfCheck: wide })).toMatchObject({ kind: 'too-noisy', words: 'machine too noisy' });
  });

  it('gives no ranking when the engine had no time left and the server had', () => {
    const loads = [{ label: 'C', load: { engineBusy: 0.99, serverBusy: 0.7 } }];
    expect(verdict({ loads })).toMatchObject({ kind: 'client-limited' });
    expect(verdict({ loads }).words).toContain('C: engine 99 % busy, server 70 %');
  });

  it('does not blame the client when both were busy: the server is the limit', () => {
    const loads = [{ label: 'C', load: { engineBusy: 0.99, serverBusy: 0.97 } }];
    expect(verdict({ loads }).kind).toBe('difference');
  });

  it("gives no ranking of medians that are the engine's own lateness for more than a tenth", () => {
    const schedule = (p50Ns: number) => ({
      label: 'C',
      lag: { p50Ns, p99Ns: 400 },
      latency: { p50Ns: 100, p99Ns: 1000 },
    });
    expect(verdict({ schedules: [schedule(2), schedule(11)] }).kind).toBe('schedule-lag');
    expect(verdict({ schedules: [schedule(2), schedule(9)] }).kind).toBe('difference');
  });

  it("says that a tail is the engine's own lateness, and ranks the medians all the same", () => {
    const schedules = [
      { label: 'C', lag: { p50Ns: 2, p99Ns: 600_000 }, latency: { p50Ns: 100, p99Ns: 1_000_000 } },
    ];
    const { kind, remarks } = verdict({ schedules });
    expect(kind).toBe('difference');
    expect(remarks).toContain("the tail of C is the engine's own lateness (its p99: 600 us)");
  });

  it('wants six duels across languages, because five give 94 % only', () => {
    expect(verdict({ coverage: 15 / 16 })).toMatchObject({ kind: 'too-few-duels' });
    expect(verdict({ coverage: 15 / 16 }).words).toContain('94 %');
  });

  it('says nothing when it was quick', () => {
    expect(verdict({ quick: true }).words).toBe('quick: no verdict');
  });

  it('says why something was not measured, before anything else', () => {
    const { ratio: _, ...without } = clean;
    const failure = 'C: the server exited';
    expect(judge({ ...without, quick: true, failure }).words).toBe('not measured: C: the server exited');
    expect(judge(without).kind).toBe('not-measured');
  });

  it('gives no ranking to a server that failed later, whatever it had shown until then', () => {
    expect(verdict({ failure: 'C: the server exited' })).toMatchObject({
      kind: 'not-measured',
      words: 'no ranking: C: the server exited',
    });
  });

  it('remarks that others used the CPU above a fifth of a core', () => {
    expect(verdict({ othersCores: 0.31 }).remarks).toEqual(['others used 0.3 cores']);
    expect(verdict({ othersCores: 0.2 }).remarks).toEqual([]);
  });

  it('remarks that there was no self-check', () => {
    const { selfCheck: _, ...without } = clean;
    expect(judge(without).remarks).toEqual(['without a self-check']);
  });
});

describe('the self-check', () => {
  it.each([
    [1, 0.976, 1.024, false],
    [1, 0.974, 1.026, true],
    [1.029, 1.01, 1.04, false],
    [1.031, 1.02, 1.04, true],
    [0.969, 0.96, 0.98, true],
  ])('of %s [%s, %s] calls the machine too noisy: %s', (value, low, high, tooNoisy) => {
    expect(judgeSelfCheck({ value, low, high, confidence: 0.95 }).tooNoisy).toBe(tooNoisy);
  });
});

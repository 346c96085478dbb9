/**
 * Which cause a student is told depends on how the check failed.
 */
import { describe, expect, it } from 'vitest';
import { advise } from '../checks/advice.ts';
import { CheckFailure, type FailureFacts } from '../checks/check.ts';

const ADVICE = {
  cause: 'it is wrong',
  hint: 'here',
  whenSilent: { cause: 'nothing is sent', hint: 'there' },
  whenEnded: { cause: 'it was ended', hint: 'elsewhere' },
};
const { whenEnded: _, ...WITHOUT_END } = ADVICE;

async function causeOf(facts: Partial<FailureFacts>, advice: Parameters<typeof advise>[0] = ADVICE) {
  const failure = new CheckFailure({ expected: 'a reply', actual: '3 bytes', ...facts });
  const told = await advise(advice, () => Promise.reject(failure)).catch((error: CheckFailure) => error);
  return (told as CheckFailure).facts.cause;
}

describe('advice', () => {
  it.each([
    ['a wrong reply', { actual: '3 bytes, the first difference at offset 1' }, 'it is wrong'],
    ['silence', { actual: 'nothing more happened within 4 s' }, 'nothing is sent'],
    ['FIN', { actual: 'the server sent FIN after 0 bytes' }, 'it was ended'],
    ['RST', { actual: 'the connection was reset (RST) after 8 bytes' }, 'it was ended'],
    ['a failure that names its own cause', { cause: 'known' }, 'known'],
  ])('on %s is its own', async (_what, facts, cause) => {
    expect(await causeOf(facts)).toBe(cause);
  });

  it('takes an end before the first byte for silence, where an end has no advice of its own', async () => {
    expect(await causeOf({ actual: 'the server sent FIN after 0 bytes' }, WITHOUT_END)).toBe(
      'nothing is sent',
    );
    expect(await causeOf({ actual: 'the server sent FIN after 3 bytes' }, WITHOUT_END)).toBe('it is wrong');
  });
});

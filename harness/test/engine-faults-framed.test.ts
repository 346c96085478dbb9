/**
 * Wrong servers of the framed protocol: each must end a run at the frame where it goes wrong.
 */
import { describe, expect, it } from 'vitest';
import type { LoadFailure } from '../native/engine.ts';
import { FOREVER, failureOf, MESSAGE_BYTES, swapping, until } from './engine-failure.ts';
import { type Answer, closedLoopOf, echoFrame, FRAME_HEADER_BYTES, recordServer } from './engine-servers.ts';

const FRAME_BYTES = FRAME_HEADER_BYTES + MESSAGE_BYTES;

async function framedFailure(answer: Answer, depth = 1): Promise<LoadFailure> {
  await using server = await recordServer(FRAME_BYTES, answer);
  return await failureOf(closedLoopOf(server.target, { protocol: 'framed', depth }, FOREVER));
}

describe('framed: a run ends when the server', () => {
  it('swaps two ids', async () => {
    const { facts, message } = await framedFailure(swapping(1000, echoFrame), 16);
    const offset = 1000 * FRAME_BYTES + 7;
    expect(facts).toMatchObject({ kind: 'wrong-id', id: 1000, expected: 1000, actual: 1001, offset });
    expect(message).toContain('answered a wrong id on connection 0, message 1000');
    expect(message).toContain('expected 1000, got 1001');
  });

  it('changes the first byte of an id', async () => {
    const wrongHighByte: Answer = (...record) => {
      record[0][6] = 0xab;
      return echoFrame(...record);
    };
    const { facts } = await framedFailure(until(300, wrongHighByte, echoFrame));
    expect(facts).toMatchObject({ kind: 'wrong-id', expected: 300, actual: 0xab2c });
  });

  it('drops one reply of many outstanding', async () => {
    const { facts } = await framedFailure(
      until(70_000, (...record) => (record[1] === 70_000 ? [] : echoFrame(...record)), echoFrame),
      16,
    );
    const id = 70_000 & 0xffff;
    expect(facts).toMatchObject({ kind: 'wrong-id', expected: id, actual: id + 1 });
  });

  it('answers one message twice', async () => {
    const twice: Answer = (...record) => {
      const [frame = Buffer.alloc(0)] = echoFrame(...record);
      return record[1] === 10 ? [frame, frame] : [frame];
    };
    const { facts } = await framedFailure(twice, 16);
    expect(facts).toMatchObject({ kind: 'wrong-id', expected: 11, actual: 10 });
  });

  it('flips a byte of a payload', async () => {
    const flipping: Answer = (...record) => {
      const [frame = Buffer.alloc(0)] = echoFrame(...record);
      if (record[1] === 12) frame[FRAME_BYTES - 1] = (frame[FRAME_BYTES - 1] ?? 0) ^ 0x80;
      return [frame];
    };
    const { facts } = await framedFailure(flipping, 16);
    expect(facts).toMatchObject({ kind: 'wrong-byte', id: 12, offset: 13 * FRAME_BYTES - 1 });
  });

  it('answers with an ERROR frame', async () => {
    const overloaded = Buffer.from('0000000cff00000500054f5645524c4f41444544', 'hex');
    const { facts } = await framedFailure(until(5, () => [overloaded], echoFrame));
    expect(facts).toMatchObject({
      kind: 'wrong-frame',
      id: 5,
      offset: 5 * FRAME_BYTES + 3,
      expected: 64,
      actual: 12,
    });
  });
});

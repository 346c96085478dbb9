/**
 * Wrong servers of streams: each must end a run at the byte where it goes wrong, with the right kind, place and sentence.
 */
import { describe, expect, it } from 'vitest';
import type { LoadFailure } from '../native/engine.ts';
import type { LoadFailureFacts } from '../native/load.ts';
import { FOREVER, failureOf, MESSAGE_BYTES, swapping, until } from './engine-failure.ts';
import { type Answer, closedLoopOf, recordServer, same } from './engine-servers.ts';

const MILLION = 1_000_000;

async function tcpFailure(answer: Answer, depth = 1): Promise<LoadFailure> {
  await using server = await recordServer(MESSAGE_BYTES, answer);
  return await failureOf(closedLoopOf(server.target, { depth }, FOREVER));
}

describe('tcp-echo: a run ends when the server', () => {
  it('flips one byte in a million replies', async () => {
    const wrong = { before: -1, after: -1 };
    const failure = await tcpFailure((record, index) => {
      if (index !== MILLION - 1) return [record];
      wrong.before = record[17] ?? -1;
      wrong.after = wrong.before ^ 0x01;
      record[17] = wrong.after;
      return [record];
    }, 1024);
    const offset = (MILLION - 1) * MESSAGE_BYTES + 17;
    expect(failure.facts).toMatchObject<Partial<LoadFailureFacts>>({
      kind: 'wrong-byte',
      connection: 0,
      id: MILLION - 1,
      offset,
      expected: wrong.before,
      actual: wrong.after,
    });
    expect(failure.message).toMatch(
      /^127\.0\.0\.1:\d+ answered a wrong byte on connection 0, message 999999, offset 63,999,953: expected 0x[0-9a-f]{2}, got 0x[0-9a-f]{2}$/,
    );
  });

  it('swaps two replies', async () => {
    const { facts } = await tcpFailure(swapping(1000, same), 16);
    expect(facts).toMatchObject({ kind: 'wrong-byte', id: 1000 });
    expect(facts.offset).toBeLessThan(1001 * MESSAGE_BYTES);
  });

  it('drops one reply of many outstanding', async () => {
    const { facts } = await tcpFailure((record, index) => (index === 1000 ? [] : [record]), 16);
    expect(facts).toMatchObject({ kind: 'wrong-byte', id: 1000 });
  });

  it('answers one message twice', async () => {
    const { facts } = await tcpFailure((record, index) => (index === 1000 ? [record, record] : [record]), 16);
    expect(facts).toMatchObject({ kind: 'wrong-byte', id: 1001 });
  });

  it('mixes up two connections', async () => {
    const first: Buffer[] = [];
    const answer: Answer = (record, index, connection) => {
      if (connection === 0) first.push(Buffer.from(record));
      return [connection === 1 && index === 5 ? (first.at(-1) ?? Buffer.alloc(MESSAGE_BYTES)) : record];
    };
    await using server = await recordServer(MESSAGE_BYTES, answer);
    const { facts } = await failureOf(closedLoopOf(server.target, { connections: 2 }, FOREVER));
    expect(facts).toMatchObject({ kind: 'wrong-byte', id: 5 });
  });

  it('closes in the middle', async () => {
    const closing = until(5120, (_record, _index, _connection, socket) => {
      socket.end();
      return [];
    });
    const failure = await tcpFailure(closing, 16);
    expect(failure.facts).toMatchObject({ kind: 'closed', connection: 0, replies: 5120, outstanding: 16 });
    expect(failure.message).toMatch(
      /^127\.0\.0\.1:\d+ closed connection 0 after 5,120 replies, with 16 outstanding$/,
    );
  });

  it('resets the connection', async () => {
    const resetting = until(7, (_record, _index, _connection, socket) => {
      socket.resetAndDestroy();
      return [];
    });
    const failure = await tcpFailure(resetting);
    expect(failure.facts).toMatchObject({ kind: 'reset', replies: 7, outstanding: 1 });
    expect(failure.message).toContain('reset connection 0 after 7 replies, with 1 outstanding');
  });

  it('stops answering, however well another connection goes', async () => {
    const answer: Answer = (record, index, connection) => (connection === 0 && index >= 100 ? [] : [record]);
    await using server = await recordServer(MESSAGE_BYTES, answer);
    const options = closedLoopOf(server.target, { connections: 2 }, { ...FOREVER, stallTimeoutMs: 2000 });
    const failure = await failureOf(options);
    expect(failure.facts).toMatchObject({ kind: 'stalled', replies: 100, outstanding: 1 });
    expect(failure.message).toContain('stopped answering on connection');
  });
});

describe('fixed: a run ends when the server', () => {
  const fixed = { request: Buffer.from('PING\r\n'), reply: Buffer.from('+PONG\r\n') };
  const work = { protocol: 'fixed', fixed } as const;

  it('gives another reply', async () => {
    await using server = await recordServer(
      6,
      until(
        9,
        () => [Buffer.from('+PANG\r\n')],
        () => [fixed.reply],
      ),
    );
    const { facts } = await failureOf(closedLoopOf(server.target, work, FOREVER));
    expect(facts).toMatchObject({
      kind: 'wrong-byte',
      id: 9,
      offset: 9 * 7 + 2,
      expected: 0x4f,
      actual: 0x41,
    });
  });

  it('answers more than it was asked', async () => {
    await using server = await recordServer(
      6,
      until(
        9,
        () => [fixed.reply, fixed.reply],
        () => [fixed.reply],
      ),
    );
    const { facts, message } = await failureOf(closedLoopOf(server.target, work, FOREVER));
    expect(facts).toMatchObject({ kind: 'wrong-frame', id: 10, offset: 70 });
    expect(message).toContain('answered more than it was asked on connection 0, message 10, offset 70');
  });
});

/**
 * Wrong servers: each must end a run at the byte where it goes wrong, with the right kind, place and sentence.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closedLoop, LoadFailure } from '../native/engine.ts';
import type { ClosedLoop, LoadFailureFacts, Target } from '../native/load.ts';
import {
  type Answer,
  closedLoopOf,
  type DatagramAnswer,
  datagramServer,
  echoFrame,
  FRAME_HEADER_BYTES,
  recordServer,
  same,
} from './engine-servers.ts';

const MESSAGE_BYTES = 64;
const FRAME_BYTES = FRAME_HEADER_BYTES + MESSAGE_BYTES;
const FOREVER = { durationMs: 60_000 };
const MILLION = 1_000_000;

/** Runs until the failure that must come. */
async function failureOf(options: ClosedLoop): Promise<LoadFailure> {
  const failure = await closedLoop(options).result.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof LoadFailure)) throw new Error(`no LoadFailure but ${failure}`);
  return failure;
}

async function tcpFailure(answer: Answer, depth = 1): Promise<LoadFailure> {
  await using server = await recordServer(MESSAGE_BYTES, answer);
  return await failureOf(closedLoopOf(server.target, { depth }, FOREVER));
}

async function framedFailure(answer: Answer, depth = 1): Promise<LoadFailure> {
  await using server = await recordServer(FRAME_BYTES, answer);
  return await failureOf(closedLoopOf(server.target, { protocol: 'framed', depth }, FOREVER));
}

async function udpFailure(answer: DatagramAnswer, rest: Partial<ClosedLoop> = {}): Promise<LoadFailure> {
  await using server = await datagramServer(answer);
  const work = { protocol: 'udp-echo', depth: 4 } as const;
  return await failureOf(closedLoopOf(server.target, work, { ...FOREVER, ...rest }));
}

/** An echo that treats the records from `from` on in another way. */
function until(from: number, wrong: Answer, right: Answer = same): Answer {
  return (...record) => (record[1] < from ? right(...record) : wrong(...record));
}

/** Answers record n together with n + 1, in the wrong order; all others as they come. */
function swapping(n: number, right: Answer): Answer {
  let held: readonly Buffer[] = [];
  return (record, index, ...rest) => {
    const replies = right(record, index, ...rest);
    if (index === n) {
      held = replies.map((reply) => Buffer.from(reply));
      return [];
    }
    return index === n + 1 ? [...replies, ...held] : replies;
  };
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

describe('udp-echo: a run ends when the server', () => {
  it('flips a byte', async () => {
    const { facts } = await udpFailure((datagram, index, reply) => {
      if (index === 100) datagram[63] = (datagram[63] ?? 0) ^ 0x01;
      reply(datagram);
    });
    expect(facts).toMatchObject({ kind: 'wrong-byte', id: 100, offset: 63 });
  });

  it('cuts a datagram', async () => {
    const { facts } = await udpFailure((datagram, index, reply) =>
      reply(index === 100 ? datagram.subarray(0, 63) : datagram),
    );
    expect(facts).toMatchObject({ kind: 'wrong-frame', expected: 64, actual: 63 });
  });

  it('lengthens a datagram', async () => {
    const { facts } = await udpFailure((datagram, index, reply) =>
      reply(index === 100 ? Buffer.concat([datagram, datagram]) : datagram),
    );
    expect(facts).toMatchObject({ kind: 'wrong-frame', expected: 64, actual: 128 });
  });

  it('invents a sequence number', async () => {
    const { facts } = await udpFailure((datagram, index, reply) => {
      if (index === 100) datagram.writeUInt32BE(1, 0);
      reply(datagram);
    });
    expect(facts).toMatchObject({ kind: 'wrong-id', actual: 2 ** 32 + 100 });
  });

  it('is silent from some moment on, although every number expires', async () => {
    const { facts } = await udpFailure((datagram, index, reply) => index < 100 && reply(datagram), {
      udpExpiryMs: 20,
      stallTimeoutMs: 2000,
    });
    expect(facts).toMatchObject({ kind: 'stalled', replies: 100 });
  });

  it('does not exist', async () => {
    const { target } = await gone();
    const { facts } = await failureOf(closedLoopOf(target, { protocol: 'udp-echo' }, FOREVER));
    expect(facts).toMatchObject({ kind: 'refused', errno: 'ECONNREFUSED' });
  });
});

describe('connect mode: a run ends when the server', () => {
  const work = { mode: 'connect', connections: 4 } as const;

  it('answers wrong bytes', async () => {
    const wrong: Answer = (record, _index, connection) => {
      if (connection === 20) record[10] = (record[10] ?? 0) ^ 0xff;
      return [record];
    };
    await using server = await recordServer(MESSAGE_BYTES, wrong);
    const { facts } = await failureOf(closedLoopOf(server.target, work, FOREVER));
    expect(facts).toMatchObject({ kind: 'wrong-byte', offset: 10 });
  });

  it('sends FIN before it has answered', async () => {
    const closing: Answer = (record, _index, connection, socket) => {
      if (connection !== 20) return [record];
      socket.end();
      return [];
    };
    await using server = await recordServer(MESSAGE_BYTES, closing);
    const { facts } = await failureOf(closedLoopOf(server.target, work, FOREVER));
    expect(facts.kind).toBe('closed');
  });

  it('answers more than it was asked', async () => {
    await using server = await recordServer(MESSAGE_BYTES, (record, _index, connection) =>
      connection === 20 ? [record, record] : [record],
    );
    const { facts } = await failureOf(closedLoopOf(server.target, work, FOREVER));
    expect(facts).toMatchObject({ kind: 'wrong-frame', offset: 64 });
  });

  it('keeps its side open after our FIN', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) =>
      socket.on('data', (bytes) => socket.write(bytes)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const options = closedLoopOf({ host: '127.0.0.1', port }, work, { ...FOREVER, stallTimeoutMs: 200 });
    const { facts } = await failureOf(options);
    expect(facts).toMatchObject({ kind: 'stalled', replies: 0, outstanding: 1 });
    server.close();
  });

  it('refuses', async () => {
    const { facts } = await failureOf(closedLoopOf((await gone()).target, work, FOREVER));
    expect(facts).toMatchObject({ kind: 'refused', errno: 'ECONNREFUSED' });
  });
});

describe('connect mode in a network namespace with 4 local ports', () => {
  it('runs out of them and says so', async ({ skip }) => {
    const fixture = join(import.meta.dirname, 'fixtures', 'engine-ports.ts');
    const child = spawn('unshare', ['-U', '-r', '-n', process.execPath, fixture]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const [code] = (await once(child, 'close').catch(() => [-1])) as [number];
    if (code === -1 || stderr.startsWith('unshare: ')) return skip('no user namespaces here');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      message: expect.stringMatching(/^no local port is left for another connection to 127\.0\.0\.1:\d+/),
      facts: { kind: 'out-of-ports', errno: 'EADDRNOTAVAIL' },
    });
  });
});

/** A port of which nobody listens any more. */
async function gone(): Promise<{ target: Target }> {
  await using server = await recordServer(1, same);
  return { target: server.target };
}

describe('connecting fails with a sentence when the server', () => {
  it('refuses', async () => {
    const { target } = await gone();
    const failure = await failureOf(closedLoopOf(target));
    expect(failure.facts).toMatchObject({ kind: 'refused', target, connection: 0, call: 'connect' });
    expect(failure.message).toBe(
      `127.0.0.1:${target.port} refused connection 0: does the server listen there?`,
    );
  });

  it('has a full accept queue', async () => {
    const script = `const server = require('node:net').createServer();
      server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      child.kill('SIGSTOP');
      while (stateOf(child.pid) !== 'T') await new Promise(setImmediate);
      const target = { host: '127.0.0.1', port: Number(line.toString()) };
      const failure = await failureOf(closedLoopOf(target, { connections: 16 }, { stallTimeoutMs: 300 }));
      expect(failure.facts.kind).toBe('connect-timeout');
      expect(failure.message).toMatch(/did not accept connection \d+ in time$/);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('has a name that nobody knows', async () => {
    const { facts } = await failureOf(closedLoopOf({ host: 'no such host', port: 9 }));
    expect(facts).toMatchObject({ kind: 'system', call: 'getaddrinfo', errno: 'ENOENT' });
  });
});

/** The state of a process: T is stopped. */
function stateOf(pid: number | undefined): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
}

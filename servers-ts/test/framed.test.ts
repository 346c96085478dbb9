// The framed server as a process: order, overtaking, bounds and endings, on both read paths.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import { Server } from './server.ts';

interface Frame {
  type: number;
  flags: number;
  id: number;
  payload: Buffer;
}

/** Built by hand: a codec under test would prove its own mistakes. */
function request(type: number, id: number, payload: Buffer | string = '', length?: number): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.from([0, 0, 0, 0, type, 0, id >> 8, id & 255]);
  header.writeUInt32BE(length ?? body.length);
  return Buffer.concat([header, body]);
}

const echo = (id: number, payload: string): Buffer => request(1, id, payload);
const generate = (id: number, count: number): Buffer => request(3, id, u32(count));
const delay = (id: number, ms: number, payload = ''): Buffer =>
  request(4, id, Buffer.concat([u32(ms), Buffer.from(payload)]));

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

async function nextFrame(client: Client): Promise<Frame> {
  const header = await client.take(8);
  const payload = await client.take(header.readUInt32BE(0));
  return { type: header.readUInt8(4), flags: header.readUInt8(5), id: header.readUInt16BE(6), payload };
}

/** "81#7 abc": type, id and payload of each of the next frames. */
async function nextFrames(client: Client, count: number): Promise<string[]> {
  const frames: string[] = [];
  for (let i = 0; i < count; i++) {
    const { type, id, payload } = await nextFrame(client);
    frames.push(`${type.toString(16)}#${id} ${payload.toString('latin1')}`);
  }
  return frames;
}

function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe.each(['fast', 'plain'])('on the %s path', (path) => {
  test('replies come in the order of their requests, errors that go on among them', async () => {
    await using server = await Server.start('framed', [], path);
    const client = new Client(server.port);
    client.socket.write(
      Buffer.concat([
        echo(1, 'a'),
        request(2, 2, 'xyz'),
        request(9, 3, 'skipped'),
        generate(4, 0),
        echo(5, 'b'),
      ]),
    );
    expect(await nextFrames(client, 5)).toEqual([
      '81#1 a',
      '82#2 \x00\x00\x00\x03',
      'ff#3 \x00\x03UNKNOWN_TYPE',
      '83#4 ',
      '81#5 b',
    ]);
    client.socket.end();
    expect(await client.ending()).toBe('FIN');
  });

  test('what follows a GENERATE waits for it, a DELAY does not', async () => {
    await using server = await Server.start('framed', [], path);
    const client = new Client(server.port);
    client.socket.pause(); // the stream does not end before the DELAY is due
    client.socket.write(
      Buffer.concat([
        generate(1, 64 << 20),
        echo(2, 'behind'),
        generate(3, 1),
        request(2, 4),
        delay(5, 1, 'now'),
      ]),
    );
    client.socket.end();
    const other = new Client(server.port);
    other.socket.write(delay(1, 5));
    expect(await nextFrames(other, 1)).toEqual(['84#1 ']);
    client.socket.resume();
    const seen: string[] = [];
    let count = 0;
    for (;;) {
      const frame = await nextFrame(client);
      if (frame.type !== 0x83) seen.push(`${frame.type.toString(16)}#${frame.id}`);
      else if (frame.id === 1) {
        for (const at of [0, frame.payload.length - 1]) expect(frame.payload[at]).toBe((count + at) % 251);
        count += frame.payload.length;
        expect(frame.flags).toBe(count === 64 << 20 ? 1 : 0);
      } else seen.push('83#3');
      if (seen.at(-1) === '82#4') break;
    }
    expect(seen).toEqual(['84#5', '81#2', '83#3', '82#4']);
    expect(await client.ending()).toBe('FIN');
    other.socket.destroy();
  });

  test('a frame that comes byte by byte is answered once it is whole', async () => {
    await using server = await Server.start('framed', [], path);
    const client = new Client(server.port);
    for (const byte of Buffer.concat([echo(1, 'hello'), delay(2, 0, 'world')])) {
      await new Promise((resolve) => client.socket.write(Buffer.of(byte), resolve));
    }
    expect(await nextFrames(client, 2)).toEqual(['81#1 hello', '84#2 world']);
    client.socket.destroy();
  });

  test('the largest frame comes back whole, one byte more is refused after the replies before it', async () => {
    await using server = await Server.start('framed', ['--max-frame-size', '300000'], path);
    const client = new Client(server.port);
    const largest = Buffer.alloc(300000, 'abcdefg');
    client.socket.write(Buffer.concat([request(1, 1, largest), request(1, 2, '', 300001), echo(3, 'never')]));
    expect((await nextFrame(client)).payload.equals(largest)).toBe(true);
    expect(await nextFrames(client, 1)).toEqual(['ff#2 \x00\x01FRAME_TOO_LARGE']);
    expect(await client.ending()).toBe('FIN');
    client.socket.end();
  });

  test('a peer that does not read a GENERATE of 4 GiB costs no memory, and does not keep the others waiting', async () => {
    await using server = await Server.start('framed', [], path);
    const before = residentKiB(server.pid);
    const client = new Client(server.port);
    client.socket.pause();
    client.socket.write(generate(1, 0xffffffff));
    const other = new Client(server.port);
    for (let id = 0; id < 200; id++) {
      other.socket.write(echo(id, 'x'));
      expect(await nextFrames(other, 1)).toEqual([`81#${id} x`]);
    }
    expect(residentKiB(server.pid) - before).toBeLessThan(32 << 10);
    client.socket.destroy();
    other.socket.destroy();
  });

  test('at SIGTERM a frame that has begun is completed, later ones are discarded', async () => {
    await using server = await Server.start('framed', [], path);
    const client = new Client(server.port);
    const half = echo(2, 'half');
    client.socket.write(Buffer.concat([echo(1, 'one'), half.subarray(0, 9)]));
    expect(await nextFrames(client, 1)).toEqual(['81#1 one']);
    server.process.kill('SIGTERM');
    expect(await nextFrames(client, 1)).toEqual(['fe#0 \x00\x00\x00\x02']);
    client.socket.write(Buffer.concat([half.subarray(9), echo(3, 'late')]));
    expect(await nextFrames(client, 1)).toEqual(['81#2 half']);
    expect(await client.ending()).toBe('FIN');
    client.socket.end();
    expect(await server.exited).toBe(0);
  });
});

// Each is due at least as late as the one before it, however long the server is kept waiting between two of them.
test('DELAY replies come when due, equal times in the order of their requests, and after the FIN of the peer', async () => {
  await using server = await Server.start('framed');
  const client = new Client(server.port);
  const begin = performance.now();
  client.socket.end(Buffer.concat([delay(1, 40, 'a'), delay(2, 40, 'b'), delay(3, 80), echo(4, 'first')]));
  expect(await nextFrames(client, 4)).toEqual(['81#4 first', '84#1 a', '84#2 b', '84#3 ']);
  expect(performance.now() - begin).toBeGreaterThanOrEqual(80);
  expect(await client.ending()).toBe('FIN');
});

test('a DELAY overtakes one that is due later', async () => {
  await using server = await Server.start('framed');
  const client = new Client(server.port);
  client.socket.write(Buffer.concat([delay(1, 60000), delay(2, 1, 'soon')]));
  expect(await nextFrames(client, 1)).toEqual(['84#2 soon']);
  client.socket.destroy();
});

test('a DELAY above 60,000 ms is BAD_PAYLOAD, the 1,025th outstanding one OVERLOADED', async () => {
  await using server = await Server.start('framed');
  const client = new Client(server.port);
  const many = Array.from({ length: 1025 }, (_, id) => delay(id, 60000));
  client.socket.write(Buffer.concat([delay(7, 60001), ...many]));
  expect(await nextFrames(client, 2)).toEqual(['ff#7 \x00\x04BAD_PAYLOAD', 'ff#1024 \x00\x05OVERLOADED']);
  client.socket.destroy();
});

test('a second signal ends a server that owes a reply with exit 1', async () => {
  await using server = await Server.start('framed');
  const client = new Client(server.port);
  client.socket.write(Buffer.concat([delay(1, 60000), echo(2, 'x')]));
  await nextFrames(client, 1);
  server.process.kill('SIGTERM');
  expect(await nextFrames(client, 1)).toEqual(['fe#0 \x00\x00\x00\x02']);
  server.process.kill('SIGTERM');
  expect(await server.exited).toBe(1);
  expect(server.log).toContain('event=exit code=1 reason=second-signal\n');
  client.socket.destroy();
});

test('three workers serve one port and drain together', async () => {
  await using server = await Server.start('framed', ['--workers', '3']);
  const clients = Array.from({ length: 12 }, () => new Client(server.port));
  for (const [id, client] of clients.entries()) {
    client.socket.write(echo(id, 'w'));
    expect(await nextFrames(client, 1)).toEqual([`81#${id} w`]);
  }
  server.process.kill('SIGTERM');
  for (const client of clients) {
    expect(await nextFrames(client, 1)).toEqual(['fe#0 \x00\x00\x00\x01']);
    expect(await client.ending()).toBe('FIN');
    client.socket.end();
  }
  expect(await server.exited).toBe(0);
  expect(server.log).toContain('event=drain signal=SIGTERM connections=12\n');
});

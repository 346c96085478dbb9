import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { missingFor, NODE_CLIENT, PEERS, type Peer, peer, SECOND_GENERATOR } from '../bench/peers.ts';
import { ServerProcess } from '../process.ts';

const run = promisify(execFile);

/** A request and what must come back, as literal bytes. */
function exchangeOf({ protocol, fixed }: Peer): { request: Uint8Array; reply: Uint8Array } {
  if (fixed) return fixed;
  if (protocol !== 'framed') return { request: Buffer.from('hello'), reply: Buffer.from('hello') };
  return {
    request: Buffer.from('0000000301000007616263' + '0000000001000008', 'hex'),
    reply: Buffer.from('0000000381000007616263' + '0000000081000008', 'hex'),
  };
}

async function exchangeTcp(port: number, request: Uint8Array, length: number): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  let received = Buffer.alloc(0);
  while (received.length < length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    received = Buffer.concat([received, chunk]);
  }
  socket.destroy();
  return received;
}

async function exchangeUdp(port: number, request: Uint8Array): Promise<Buffer> {
  const socket = createSocket('udp4');
  socket.send(request, port, '127.0.0.1');
  const [datagram] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return datagram;
}

describe('a peer', () => {
  it.each(PEERS.map((one): [string, Peer] => [one.name, one]))(
    'keeps the contract and answers: %s',
    async (_, one) => {
      const missing = missingFor(one);
      if (missing !== undefined) {
        // Then the bench says what to install, and a peer that needs nothing is never missing.
        expect(one.needs).toBe(missing);
        return;
      }
      const server = new ServerProcess(one, { 'idle-timeout-ms': 1000 });
      const { port } = await server.ready;
      const { request, reply } = exchangeOf(one);
      const answer =
        one.protocol === 'udp-echo'
          ? await exchangeUdp(port, request)
          : await exchangeTcp(port, request, reply.length);
      expect(answer.toString('hex')).toBe(Buffer.from(reply).toString('hex'));
      expect(await server.stop()).toEqual({ exit: { code: 0, signal: null }, killed: false, leftBehind: [] });
    },
  );
});

describe('another load generator', () => {
  const server = new ServerProcess(peer('blocking-tcp'));
  const portOf = async (): Promise<string> => String((await server.ready).port);
  afterAll(() => server.stop());

  it.each([
    ['the second one', SECOND_GENERATOR, []],
    ['that in Node', process.execPath, [NODE_CLIENT]],
  ])('%s prints how many messages it had answered, as JSON', async (_, program, leading) => {
    const words = [
      '--port',
      await portOf(),
      '--connections',
      '4',
      '--warmup-ms',
      '50',
      '--duration-ms',
      '100',
    ];
    const { stdout } = await run(program, [...leading, ...words]);
    const report = JSON.parse(stdout);
    expect(report.messages).toBeGreaterThan(0);
    expect(report.messagesPerSecond).toBeCloseTo((report.messages * 1e9) / report.durationNs, -1);
  });

  it('the second one ends with exit code 1 when a reply differs from its request', async () => {
    const liar = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => {
        chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 1;
        socket.write(chunk);
      });
    });
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', () => resolve()));
    const { port } = liar.address() as AddressInfo;
    const failed = await run(SECOND_GENERATOR, ['--port', String(port), '--connections', '1']).catch(
      (error) => error,
    );
    liar.close();
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a reply differs from its request'),
    });
  });

  it.each([
    ['no port', [], 64],
    ['a flag that does not exist', ['--ports', '1'], 64],
    ['a number out of range', ['--port', '65536'], 64],
    ['nobody who listens', ['--port', '1'], 69],
  ])('the second one refuses %s', async (_, words, code) => {
    expect(await run(SECOND_GENERATOR, words).catch((error) => error)).toMatchObject({ code });
  });
});

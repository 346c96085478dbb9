/** The blocking C client: its figures, what it verifies, and how it fails. Built here, so that no test meets an old binary. */
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { serveTcp, serveUdp } from './scripted-server.ts';

const CLIENTS = fileURLToPath(new URL('..', import.meta.url));
const BLOCKING = fileURLToPath(new URL('../../build/clients/blocking', import.meta.url));

/** Runs the client; the test's own servers go on meanwhile. */
function runBlocking(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(BLOCKING, args, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

beforeAll(() => {
  execFileSync('make', ['-s', '-C', CLIENTS]);
});

describe('blocking', () => {
  it.each(['1', '64', '65537', '1048576'])(
    'prints its figures after a TCP ping-pong of %s bytes',
    async (size) => {
      let receivedBytes = 0;
      await using server = await serveTcp((socket) => {
        socket.on('data', (bytes: Buffer) => {
          receivedBytes += bytes.length;
        });
        socket.pipe(socket);
      });
      const { exitCode, stdout, stderr } = await runBlocking('tcp', '127.0.0.1', server.port, size, '20');
      expect(stderr).toBe('');
      const figures = JSON.parse(stdout);
      expect(figures).toMatchObject({ transport: 'tcp', bytes: Number(size), count: 20 });
      expect(figures.p50_ns).toBeGreaterThan(0);
      expect(figures.p99_ns).toBeGreaterThanOrEqual(figures.p50_ns);
      expect(figures.max_ns).toBeGreaterThanOrEqual(figures.p99_ns);
      expect(figures.messages_per_second).toBeGreaterThan(0);
      expect(receivedBytes).toBe(20 * Number(size));
      expect(exitCode).toBe(0);
    },
  );

  it.each(['0', '1', '65507'])('prints its figures after a UDP ping-pong of %s bytes', async (size) => {
    await using server = await serveUdp((bytes, peer, socket) => socket.send(bytes, peer.port, peer.address));
    const { exitCode, stdout } = await runBlocking('udp', '127.0.0.1', server.port, size, '20');
    expect(JSON.parse(stdout)).toMatchObject({ transport: 'udp', bytes: Number(size), count: 20 });
    expect(exitCode).toBe(0);
  });

  it('finds one wrong byte in the tenth message', async () => {
    let received = 0;
    await using server = await serveTcp((socket) => {
      socket.on('data', (bytes: Buffer) => {
        const at = 9 * 64 + 5 - received;
        received += bytes.length;
        if (at >= 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
        socket.write(bytes);
      });
    });
    const { exitCode, stdout, stderr } = await runBlocking('tcp', '127.0.0.1', server.port, '64', '20');
    expect(stderr).toBe('blocking: wrong reply: message 9, byte 5: expected 05, got fa\n');
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  });

  it('finds the echo of another message', async () => {
    let previous: Buffer = Buffer.from('?');
    await using server = await serveUdp((bytes, peer, socket) => {
      socket.send(previous, peer.port, peer.address);
      previous = bytes;
    });
    const { exitCode, stderr } = await runBlocking('udp', '127.0.0.1', server.port, '1', '20');
    expect(stderr).toBe('blocking: wrong reply: message 0, byte 0: expected 00, got 3f\n');
    expect(exitCode).toBe(1);
  });

  it.each([3, 5])('finds a datagram of %i bytes where 4 were sent', async (length) => {
    await using server = await serveUdp((_, peer, socket) =>
      socket.send(Buffer.alloc(length), peer.port, peer.address),
    );
    const { exitCode, stderr } = await runBlocking('udp', '127.0.0.1', server.port, '4', '1');
    expect(stderr).toBe('blocking: recv: the datagram came back with another length\n');
    expect(exitCode).toBe(1);
  });

  it('finds that the server closed too early', async () => {
    await using server = await serveTcp((socket) => socket.once('data', () => socket.end('abc')));
    const { exitCode, stderr } = await runBlocking('tcp', '127.0.0.1', server.port, '4', '1');
    expect(stderr).toBe('blocking: recv: the server closed before the echo was complete\n');
    expect(exitCode).toBe(1);
  });

  it.each(['tcp', 'udp'])('says that nobody listens (%s) and exits 69', async (transport) => {
    let port: string;
    {
      await using server = await serveTcp(() => {});
      port = server.port;
    }
    const { exitCode, stderr } = await runBlocking(transport, '127.0.0.1', port, '4', '1');
    expect(stderr).toMatch(/^blocking: .*Connection refused\n$/);
    expect(exitCode).toBe(69);
  });

  it.each([
    [[], 'usage: blocking tcp|udp HOST PORT BYTES COUNT'],
    [['sctp', '127.0.0.1', '9', '1', '1'], 'sctp: the transport must be tcp or udp'],
    [['tcp', '127.0.0.1', '65536', '1', '1'], 'PORT must be a whole number from 1 to 65535, got "65536"'],
    [['tcp', '127.0.0.1', '9', '0', '1'], 'BYTES must be a whole number from 1 to 1048576, got "0"'],
    [['udp', '127.0.0.1', '9', '65508', '1'], 'BYTES must be a whole number from 0 to 65507, got "65508"'],
    [['tcp', '127.0.0.1', '9', '1', '-1'], 'COUNT must be a whole number from 1 to 10000000, got "-1"'],
    [['tcp', '127.0.0.1', '9', '1', '1x'], 'COUNT must be a whole number from 1 to 10000000, got "1x"'],
  ])('%j is one line on stderr and exit 64', async (args, message) => {
    expect(await runBlocking(...args)).toEqual({
      exitCode: 64,
      stdout: '',
      stderr: `blocking: ${message}\n`,
    });
  });
});

/**
 * What the addon says about sockets and CPUs, against what Node and /proc say.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bringLoopbackUp,
  connectionInfo,
  dropIncoming,
  fdOf,
  getAffinity,
  getOption,
  getOptionBytes,
  meminfoDrops,
  SocketOption,
  sendUrgent,
  setAffinity,
  setOption,
  socketQueues,
  socketTable,
  tcpInfo,
} from '../native/sockets.ts';

const { SOL_SOCKET, SO_RCVBUF, SO_LINGER, IPPROTO_TCP, TCP_NODELAY } = SocketOption;
let server: Server;
let client: Socket;
let accepted: Socket;
let port: number;

beforeEach(async () => {
  server = createServer({ pauseOnConnect: true });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 77 });
  await once(server, 'listening');
  port = (server.address() as { port: number }).port;
  const accepting = once(server, 'connection');
  client = connect(port, '127.0.0.1');
  [accepted] = (await accepting) as [Socket];
  if (client.connecting) await once(client, 'connect');
});

afterEach(async () => {
  client.destroy();
  accepted.destroy();
  server.close();
  await once(server, 'close');
});

/** Waits for something that the kernel will do. */
async function eventually<Value>(look: () => Value | undefined): Promise<Value> {
  for (;;) {
    const value = look();
    if (value !== undefined) return value;
    await new Promise(setImmediate);
  }
}

describe('socket options', () => {
  it('are set and read as numbers', () => {
    setOption(fdOf(client), IPPROTO_TCP, TCP_NODELAY, 1);
    expect(getOption(fdOf(client), IPPROTO_TCP, TCP_NODELAY)).toBe(1);
    setOption(fdOf(client), SOL_SOCKET, SO_RCVBUF, 20_000);
    expect(getOption(fdOf(client), SOL_SOCKET, SO_RCVBUF)).toBe(40_000);
  });

  it('are set and read as bytes', () => {
    const linger = new Uint8Array(new Int32Array([1, 7]).buffer);
    setOption(fdOf(client), SOL_SOCKET, SO_LINGER, linger);
    expect([...getOptionBytes(fdOf(client), SOL_SOCKET, SO_LINGER, 8)]).toEqual([...linger]);
  });

  it('name the error of the system', () => {
    expect(() => getOption(999_999, SOL_SOCKET, SO_RCVBUF)).toThrow(
      expect.objectContaining({ code: 'EBADF', message: 'getsockopt: EBADF' }),
    );
    expect(() => setOption(fdOf(client), 12_345, 1, 1)).toThrow(
      expect.objectContaining({ code: 'ENOPROTOOPT' }),
    );
  });

  it('refuse what is no number', () => {
    expect(() => setOption(fdOf(client), SOL_SOCKET, SO_RCVBUF, 'x' as never)).toThrow(TypeError);
    expect(() => getOption('x' as never, SOL_SOCKET, SO_RCVBUF)).toThrow(TypeError);
  });
});

describe('a descriptor', () => {
  it('belongs to a socket, a server or a datagram socket', async () => {
    const datagrams = createSocket('udp4');
    datagrams.bind(0, '127.0.0.1');
    await once(datagrams, 'listening');
    const all = [fdOf(client), fdOf(accepted), fdOf(server), fdOf(datagrams)];
    expect(new Set(all).size).toBe(4);
    expect(getOption(fdOf(datagrams), SOL_SOCKET, SocketOption.SO_TYPE)).toBe(2);
    expect(getOption(fdOf(server), SOL_SOCKET, SocketOption.SO_ACCEPTCONN)).toBe(1);
    expect(meminfoDrops(fdOf(datagrams))).toBe(0);
    datagrams.close();
  });

  it('does not exist once the socket is closed', async () => {
    client.destroy();
    await once(client, 'close');
    expect(() => fdOf(client)).toThrow('the socket has no descriptor');
  });
});

describe('TCP_INFO', () => {
  it('counts what was sent and received', async () => {
    accepted.resume();
    client.write(Buffer.alloc(1000));
    await eventually(() => (tcpInfo(fdOf(client)).bytesAcked >= 1000 ? true : undefined));
    expect(tcpInfo(fdOf(client))).toMatchObject({
      state: 'ESTABLISHED',
      bytesSent: 1000,
      unacked: 0,
      totalRetrans: 0,
    });
    expect(tcpInfo(fdOf(accepted))).toMatchObject({ state: 'ESTABLISHED', bytesReceived: 1000 });
    expect(tcpInfo(fdOf(client)).rttUs).toBeGreaterThan(0);
  });

  it('knows the state of a listener', () => {
    expect(tcpInfo(fdOf(server)).state).toBe('LISTEN');
  });
});

describe('the socket table', () => {
  const localPort = () => client.address() as { port: number };

  it('shows both ends of a connection, and the listener with its backlog', () => {
    const table = socketTable(port);
    const own = { host: '127.0.0.1', port };
    const other = { host: '127.0.0.1', port: localPort().port };
    const shown = (local: object, remote: object) =>
      table.filter((one) => isDeepStrictEqual([one.local, one.remote], [local, remote]));
    const ends = [...shown(own, other), ...shown(other, own)];
    const connected = { transport: 'tcp', family: 4, state: 'ESTABLISHED', rxQueue: 0, txQueue: 0 };
    expect(ends).toMatchObject([connected, connected]);
    expect(ends[0]?.inode).not.toBe(ends[1]?.inode);
    const listeners = shown(own, { host: '0.0.0.0', port: 0 });
    expect(listeners).toMatchObject([{ state: 'LISTEN', rxQueue: 0, txQueue: 0, backlog: 77 }]);
  });

  it('shows bytes that wait to be read', async () => {
    client.write(Buffer.alloc(1234));
    const entry = await eventually(() => socketTable(port).find((one) => one.rxQueue === 1234));
    expect(entry).toMatchObject({ state: 'ESTABLISHED', local: { host: '127.0.0.1', port } });
  });

  it('gives the inode by which /proc tells whose socket it is', () => {
    const listener = socketTable(port).find(
      (one) => one.state === 'LISTEN' && one.local.host === '127.0.0.1',
    );
    expect(readlinkSync(`/proc/self/fd/${fdOf(server)}`)).toBe(`socket:[${listener?.inode}]`);
    const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
    const row = rows
      .map((line) => line.trim().split(/\s+/))
      .find((cells) => cells[9] === `${listener?.inode}`);
    const portInHex = port.toString(16).toUpperCase().padStart(4, '0');
    expect(row?.[1]).toBe(`0100007F:${portInHex}`);
  });

  it('looks up the queues of one connection', async () => {
    const ends = [
      { host: '127.0.0.1', port },
      { host: '127.0.0.1', port: localPort().port },
    ] as const;
    client.write(Buffer.alloc(4321));
    const found = await eventually(() => {
      const queues = socketQueues(...ends);
      return queues?.rxQueue === 4321 ? queues : undefined;
    });
    expect(found).toEqual({ rxQueue: 4321, txQueue: 0 });
    expect(socketQueues({ host: '127.0.0.1', port }, { host: '127.0.0.9', port: 9 })).toBeUndefined();
  });

  it('shows UDP sockets over IPv6, with their drops', async () => {
    const datagrams = createSocket('udp6');
    datagrams.bind(0, '::1');
    await once(datagrams, 'listening');
    const local = { host: '::1', port: datagrams.address().port };
    const entry = socketTable(local.port).find((one) => one.transport === 'udp' && one.local.host === '::1');
    expect(entry).toMatchObject({
      family: 6,
      local,
      state: 'CLOSE',
      drops: 0,
      remote: { host: '::', port: 0 },
    });
    datagrams.close();
  });

  it('lists hundreds of sockets, in several answers of the kernel', async () => {
    const sockets = Array.from({ length: 600 }, () => createSocket('udp4').bind(0, '127.0.0.1'));
    await Promise.all(sockets.map((one) => once(one, 'listening')));
    const ports = sockets.map((one) => one.address().port).sort();
    const shown = socketTable().filter(
      ({ transport, local }) =>
        transport === 'udp' && local.host === '127.0.0.1' && ports.includes(local.port),
    );
    expect(shown.map((one) => one.local.port).sort()).toEqual(ports);
    for (const one of sockets) one.close();
  });
});

describe('the machine', () => {
  it('has its loopback up already, which needs no right to confirm', () => {
    expect(() => bringLoopbackUp()).not.toThrow();
  });

  it('pins a process to a CPU, with all its threads', () => {
    const before = getAffinity(0);
    expect(before.length).toBe(availableParallelism());
    const [first = 0] = before;
    try {
      setAffinity(0, [first]);
      expect(getAffinity(process.pid)).toEqual([first]);
      const status = readFileSync('/proc/self/status', 'utf8');
      expect(status).toMatch(new RegExp(`^Cpus_allowed_list:\\t${first}$`, 'm'));
    } finally {
      setAffinity(0, before);
    }
    expect(getAffinity(0)).toEqual(before);
  });

  it('refuses to pin a process that is not there', () => {
    expect(() => setAffinity(2 ** 22 + 1, [0])).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => setAffinity(0, [])).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});

describe('a client that does what Node cannot', () => {
  const ends = () => ({
    local: { host: '127.0.0.1', port },
    remote: { host: '127.0.0.1', port: client.localPort ?? 0 },
  });

  it('sends urgent data, which is no part of the stream', async () => {
    client.write('ab');
    sendUrgent(fdOf(client), 0x21);
    client.write('cd');
    client.end();
    accepted.resume();
    const chunks: Buffer[] = [];
    accepted.on('data', (chunk) => chunks.push(chunk));
    await once(accepted, 'end');
    expect(Buffer.concat(chunks).toString()).toBe('abcd');
  });

  it('vanishes: what is sent to it stays unacknowledged, as TCP_INFO of the other end says', async () => {
    dropIncoming(fdOf(client));
    accepted.write('hello');
    const { local, remote } = ends();
    const info = await eventually(() => {
      const now = connectionInfo(local, remote);
      return now && now.dataSegsOut > 0 ? now : undefined;
    });
    expect(info).toMatchObject({ state: 'ESTABLISHED', unacked: 1, notsentBytes: 0, bytesAcked: 0 });
    expect(connectionInfo({ host: '127.0.0.1', port: 1 }, remote)).toBeUndefined();
  });
});

/**
 * What goes wrong while the load engine connects, once or again and again: each ends the run with a sentence.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FOREVER, failureOf, MESSAGE_BYTES, NOBODY } from './engine-failure.ts';
import { type Answer, closedLoopOf, recordServer } from './engine-servers.ts';

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
    const { facts } = await failureOf(closedLoopOf(NOBODY, work, FOREVER));
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

describe('connecting fails with a sentence when the server', () => {
  it('refuses', async () => {
    const failure = await failureOf(closedLoopOf(NOBODY));
    expect(failure.facts).toMatchObject({ kind: 'refused', target: NOBODY, connection: 0, call: 'connect' });
    expect(failure.message).toBe('127.0.0.1:1 refused connection 0: does the server listen there?');
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

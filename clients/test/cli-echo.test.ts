/** The echo clients as a person meets them: output, pipes, the window, and one line for each failure. */
import { describe, expect, it } from 'vitest';
import { clientEnd, runClient, startClient } from './client-process.ts';
import { afterBytes, cannedServer, echoServer, serveTcp, serveUdp } from './scripted-server.ts';

describe('tcp-echo', () => {
  it('shows each message with its latency', async () => {
    await using server = await echoServer();
    const { exitCode, stdout, stderr } = await runClient([
      'tcp-echo',
      '--port',
      server.port,
      'hello',
      'wide world',
    ]);
    expect(stdout.toString()).toMatch(
      /^5 bytes {2}[\d.]+ ms {2}hello\n10 bytes {2}[\d.]+ ms {2}wide world\n$/,
    );
    expect(stderr).toMatch(/^2 replies, 15 bytes of payload in .*; latency min .* p50 .* p99 .* max .*\n$/);
    expect(exitCode).toBe(0);
  });

  it('pipes stdin to the server and its echo to stdout, unchanged', async () => {
    await using server = await echoServer();
    const input = Buffer.alloc(3_000_000, 'every byte counts. ');
    const { exitCode, stdout } = await runClient(['tcp-echo', '--port', server.port], input);
    expect(stdout.equals(input)).toBe(true);
    expect(exitCode).toBe(0);
  });

  it('loses nothing of its output when whoever reads it is slow', async () => {
    const { promise: clientGone, resolve } = Promise.withResolvers<void>();
    await using server = await serveTcp((socket) => socket.pipe(socket).on('close', resolve));
    const client = startClient('tcp-echo', '--port', server.port);
    const input = Buffer.alloc(3_000_000, 'every byte counts. ');
    client.stdin?.end(input);
    await clientGone;
    const { exitCode, stdout } = await clientEnd(client);
    expect(stdout.equals(input)).toBe(true);
    expect(exitCode).toBe(0);
  });

  it('half-closes at the end of input and shows what comes after', async () => {
    await using server = await serveTcp((socket) => {
      const pieces: Buffer[] = [];
      socket.on('data', (piece: Buffer) => pieces.push(piece));
      socket.on('end', () => socket.end(Buffer.concat(pieces)));
    });
    const { exitCode, stdout } = await runClient(['tcp-echo', '--port', server.port], 'only after your FIN');
    expect(stdout.toString()).toBe('only after your FIN');
    expect(exitCode).toBe(0);
  });

  it('never has more messages under way than --depth', async () => {
    const [size, depth] = [8, 3];
    let mostUnderWay = 0;
    await using server = await serveTcp((socket) => {
      const held: Buffer[] = [];
      socket.on('data', (piece: Buffer) => {
        held.push(piece);
        const bytes = Buffer.concat(held);
        mostUnderWay = Math.max(mostUnderWay, bytes.length / size);
        if (bytes.length < size * depth) return;
        socket.write(bytes.subarray(0, size));
        held.splice(0, held.length, bytes.subarray(size));
      });
      socket.on('end', () => socket.end(Buffer.concat(held)));
    });
    const args = ['--size', String(size), '--count', '20', '--depth', String(depth), '--quiet'];
    const { exitCode, stderr } = await runClient(['tcp-echo', '--port', server.port, ...args]);
    expect(stderr).toMatch(/^20 replies, 160 bytes/);
    expect(mostUnderWay).toBe(depth);
    expect(exitCode).toBe(0);
  });

  it('names the offset of a wrong byte and exits 1', async () => {
    await using server = await cannedServer(5, '68 65 6c 6c 70');
    const { exitCode, stderr } = await runClient(['tcp-echo', '--port', server.port, 'hello']);
    expect(stderr).toBe('client: wrong reply at byte 4 of what the server sent: expected 6f, got 70\n');
    expect(exitCode).toBe(1);
  });

  it('says that the server reset the connection', async () => {
    await using server = await serveTcp((socket) => afterBytes(socket, 5, () => socket.resetAndDestroy()));
    const { exitCode, stderr } = await runClient(['tcp-echo', '--port', server.port, '--keep-open', 'hello']);
    expect(stderr).toMatch(
      /^client: the server reset the connection \(ECONNRESET\) after 0 bytes .*: 1 reply\n$/,
    );
    expect(exitCode).toBe(1);
  });

  it('gives up on a silent server after --timeout-ms', async () => {
    await using server = await serveTcp((socket) => socket.resume());
    const { exitCode, stderr } = await runClient([
      'tcp-echo',
      '--port',
      server.port,
      '--timeout-ms',
      '50',
      'hello',
    ]);
    expect(stderr).toBe('client: nothing moved for 50 ms, still awaited: 1 reply\n');
    expect(exitCode).toBe(124);
  });

  it('gives up on a server that answers but never closes', async () => {
    await using server = await serveTcp((socket) => afterBytes(socket, 2, (bytes) => socket.write(bytes)));
    const { exitCode, stderr } = await runClient([
      'tcp-echo',
      '--port',
      server.port,
      '--timeout-ms',
      '1000',
      'hi',
    ]);
    expect(stderr).toMatch(/^client: nothing moved for 1000 ms, still awaited: the FIN after ours\n/);
    expect(exitCode).toBe(124);
  });
});

describe('udp-echo', () => {
  it('sends each line of stdin as a datagram', async () => {
    await using server = await serveUdp((bytes, peer, socket) => socket.send(bytes, peer.port, peer.address));
    const { exitCode, stdout } = await runClient(
      ['udp-echo', '--port', server.port, '--timeout-ms', '20000', '--depth', '1'],
      'one\n\nthree',
    );
    expect(stdout.toString()).toMatch(/^3 bytes .*one\n0 bytes .*\n5 bytes .*three\n$/);
    expect(exitCode).toBe(0);
  });

  it('says how many datagrams were lost and exits 124', async () => {
    await using server = await serveUdp((bytes, peer, socket) => {
      if (bytes.toString() !== 'b') socket.send(bytes, peer.port, peer.address);
    });
    const args = ['udp-echo', '--port', server.port, '--timeout-ms', '2000', 'a', 'b', 'c'];
    const { exitCode, stderr } = await runClient(args);
    expect(stderr).toMatch(/^client: no reply within 2000 ms: 1 reply missing\n2 replies/);
    expect(exitCode).toBe(124);
  });

  it('does not call a late reply wrong', async () => {
    await using server = await serveUdp((bytes, peer, socket) => {
      if (bytes.toString() !== 'b') return;
      socket.send('a', peer.port, peer.address);
      socket.send('b', peer.port, peer.address);
    });
    const args = ['udp-echo', '--port', server.port, '--timeout-ms', '2000', '--depth', '1', 'a', 'b'];
    const { exitCode, stderr } = await runClient(args);
    expect(stderr).toMatch(/^client: no reply within 2000 ms: 1 reply missing \(1 came later\)\n1 reply/);
    expect(exitCode).toBe(124);
  });

  it('never has more datagrams under way than --depth', async () => {
    const [count, depth] = [40, 2];
    const held: Buffer[] = [];
    let [received, mostUnderWay] = [0, 0];
    await using server = await serveUdp((bytes, peer, socket) => {
      held.push(bytes);
      received++;
      mostUnderWay = Math.max(mostUnderWay, held.length);
      const answered =
        held.length >= depth || received === count ? held.splice(0, received === count ? depth : 1) : [];
      // Later, so that a client without a window would be ahead by then.
      setImmediate(() => {
        for (const reply of answered) socket.send(reply, peer.port, peer.address);
      });
    });
    const args = [
      '--timeout-ms',
      '20000',
      '--size',
      '8',
      '--count',
      String(count),
      '--depth',
      String(depth),
      '--quiet',
    ];
    expect(await runClient(['udp-echo', '--port', server.port, ...args])).toMatchObject({ exitCode: 0 });
    expect(mostUnderWay).toBe(depth);
  });

  it('refuses a datagram that it did not send', async () => {
    await using server = await serveUdp((_, peer, socket) => socket.send('other', peer.port, peer.address));
    const { exitCode, stderr } = await runClient([
      'udp-echo',
      '--port',
      server.port,
      '--timeout-ms',
      '20000',
      'hello',
    ]);
    expect(stderr).toBe('client: wrong reply, datagram 0: 5 bytes that were not sent, or came twice\n');
    expect(exitCode).toBe(1);
  });
});

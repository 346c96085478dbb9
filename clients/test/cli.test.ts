/** The command line and the framed client as a person meets them: output, exit codes, error lines, pipes and Ctrl-C. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { connectFramed, TYPE } from '../framed.ts';
import { clientEnd, runClient, startClient } from './client-process.ts';
import { afterBytes, cannedServer, echoServer, hex, serveTcp } from './scripted-server.ts';

describe('framed', () => {
  const REPLIES = '00000002 81 00 0001 6869  00000003 83 01 0002 000102';
  const REQUEST_BYTES = 10 + 12;

  it('pipelines the commands of one line and shows the replies with their ids', async () => {
    await using server = await cannedServer(REQUEST_BYTES, REPLIES);
    const { exitCode, stdout } = await runClient([
      'framed',
      '--port',
      server.port,
      'echo',
      'hi',
      'generate',
      '3',
    ]);
    expect(stdout.toString()).toMatch(
      /^id 1 {2}ECHO {2}2 bytes {2}[\d.]+ ms {2}hi\nid 2 {2}GENERATE END {2}3 bytes {2}[\d.]+ ms {2}\\x00\\x01\\x02\n$/,
    );
    expect(exitCode).toBe(0);
  });

  it('reads commands from stdin', async () => {
    await using server = await cannedServer(REQUEST_BYTES, REPLIES);
    const { exitCode, stdout } = await runClient(
      ['framed', '--port', server.port],
      'echo hi\n\ngenerate 3\n',
    );
    expect(stdout.toString().split('\n')).toHaveLength(3);
    expect(exitCode).toBe(0);
  });

  it('shows header and payload with --hex', async () => {
    await using server = await cannedServer(10, '00000002 81 00 0001 6869');
    const { stdout } = await runClient(['framed', '--port', server.port, '--hex', 'echo', 'hi']);
    const view = '00000000  00 00 00 02 81 00 00 01  68 69                    |........hi|';
    expect(stdout.toString().split('\n')[1]).toBe(view);
  });

  it('prints one JSON document with --json', async () => {
    await using server = await cannedServer(REQUEST_BYTES, REPLIES);
    const { stdout } = await runClient([
      'framed',
      '--port',
      server.port,
      '--json',
      'echo',
      'hi',
      'generate',
      '3',
    ]);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      schema: 'client-session',
      version: 1,
      protocol: 'framed',
      server: `127.0.0.1:${server.port}`,
      failure: null,
      summary: { replies: 2, payloadBytes: 5, latency: { samples: 2 } },
      replies: [
        { offset: 0, id: 1, kind: 'ECHO', bytes: 2, payloadHex: '6869' },
        { offset: 10, id: 2, kind: 'GENERATE END', bytes: 3, payloadHex: '000102' },
      ],
    });
  });

  it('repeats its commands --count times', async () => {
    await using server = await cannedServer(
      27,
      '00000001 81 00 0001 61 00000001 81 00 0002 61 00000001 81 00 0003 61',
    );
    const args = ['framed', '--port', server.port, '--count', '3', '--quiet', 'echo', 'a'];
    expect(await runClient(args)).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^3 replies/) });
  });

  it('shows an ERROR and exits 1', async () => {
    await using server = await cannedServer(9, '0000000b ff 00 0001 0002 4241445f464c414753');
    const { exitCode, stdout, stderr } = await runClient(['framed', '--port', server.port, 'echo', 'a']);
    expect(stdout.toString()).toMatch(/^id 1 {2}ERROR 2 BAD_FLAGS {2}11 bytes/);
    expect(stderr).toMatch(/^client: 1 reply was an ERROR\n/);
    expect(exitCode).toBe(1);
  });

  it('takes what answers raw bytes as it is', async () => {
    await using server = await cannedServer(3, '00000000 ff 00 0009');
    expect(await runClient(['framed', '--port', server.port, 'raw', '00 0a 0b'])).toMatchObject({
      exitCode: 0,
    });
  });

  it('sends more raw bytes than the window has places, since nothing is owed for them', async () => {
    await using server = await cannedServer(5, '00000000 ff 00 0009');
    const args = ['framed', '--port', server.port, '--depth', '1', '--count', '5', 'raw', '00'];
    expect(await runClient(args)).toMatchObject({ exitCode: 0 });
  });

  it('names the offset of a wrong reply and exits 1', async () => {
    await using server = await cannedServer(9, '00000001 81 00 0001 62');
    const { exitCode, stderr } = await runClient(['framed', '--port', server.port, 'echo', 'a']);
    expect(stderr).toContain('client: wrong reply at byte 8 of what the server sent: expected 61, got 62\n');
    expect(exitCode).toBe(1);
  });

  it('ends with 130 and what it has seen so far on Ctrl-C', async () => {
    await using server = await serveTcp((socket) =>
      afterBytes(socket, 9, () => socket.write(hex('00000001 81 00 0001 61'))),
    );
    const client = startClient('framed', '--port', server.port);
    client.stdin?.write('echo a\n');
    if (client.stdout !== null) await once(client.stdout, 'readable');
    client.kill('SIGINT');
    const { exitCode, stdout, stderr } = await clientEnd(client);
    expect(stdout.toString()).toMatch(/^id 1 {2}ECHO/);
    expect(stderr).toMatch(/^client: interrupted\n1 reply, 1 bytes/);
    expect(exitCode).toBe(130);
  });

  it('ends when the server closes, though its stdin is still open', async () => {
    await using server = await cannedServer(9, '00000001 81 00 0001 61');
    const client = startClient('framed', '--port', server.port);
    client.stdin?.write('echo a\n');
    expect(await clientEnd(client)).toMatchObject({ exitCode: 0 });
  });
});

describe('a framed connection for programs', () => {
  it('connects, requests, half-closes and reads to the FIN', async () => {
    await using server = await cannedServer(9, '00000001 81 00 0009 61');
    using connection = await connectFramed({ host: '127.0.0.1', port: server.portNumber }, 5000);
    const reply = await connection.request(TYPE.echo, 9, Buffer.from('a'));
    expect(reply).toMatchObject({ type: TYPE.echoReply, id: 9, payload: Buffer.from('a') });
    connection.end();
    expect(await connection.reply()).toBeUndefined();
  });

  it('rejects the reply that the server broke off', async () => {
    await using server = await cannedServer(9, '00000002 81 00 0009 61');
    using connection = await connectFramed({ host: '127.0.0.1', port: server.portNumber }, 5000);
    const reply = connection.request(TYPE.echo, 9, Buffer.from('a'));
    await expect(reply).rejects.toThrow(
      'wrong reply at byte 0 of what the server sent: FIN after 9 bytes of a frame',
    );
  });
});

describe('nobody listens', () => {
  /** A port that was free a moment ago. */
  async function closedPort(): Promise<string> {
    await using server = await echoServer();
    return server.port;
  }

  it.each(['tcp-echo', 'udp-echo', 'framed'])('%s says so in one line and exits 69', async (protocol) => {
    const port = await closedPort();
    const words = protocol === 'framed' ? ['echo', 'a'] : ['a'];
    const { exitCode, stdout, stderr } = await runClient([protocol, '--port', port, ...words]);
    expect(stderr).toMatch(new RegExp(`^client: [^\\n]*127\\.0\\.0\\.1:${port}: ECONNREFUSED[^\\n]*\\n$`));
    expect(stdout).toHaveLength(0);
    expect(exitCode).toBe(69);
  });
});

describe('usage', () => {
  it.each([
    [[], 'the first word must be tcp-echo, udp-echo, framed'],
    [['http'], 'the first word must be tcp-echo, udp-echo, framed, got "http"'],
    [['framed', '--port', '0'], '--port must be a whole number from 1 to 65535, got "0"'],
    [['framed', '--depth', '1e3'], '--depth must be a whole number from 1 to 10000, got "1e3"'],
    [['framed', '--nonsense'], "Unknown option '--nonsense'"],
    [['framed', 'ping'], 'unknown command "ping"'],
    [['framed', 'delay', '10'], '"delay" needs TEXT'],
    [['framed', 'generate', '4294967296'], 'generate N must be a whole number from 0 to 4294967295'],
    [['framed', 'raw', '0g'], 'raw HEX must be pairs of hex digits, got "0g"'],
    [['framed', '--size', '5'], '--size is for tcp-echo and udp-echo'],
    [['udp-echo', '--size', '65508'], '--size must be a whole number from 0 to 65507'],
    [['tcp-echo', '--count', '2'], '--count needs words or --size'],
    [['tcp-echo', '--hex', '--json', 'a'], '--hex, --json and --quiet exclude each other'],
    [['tcp-echo', ''], 'an empty TEXT has no echo over TCP'],
  ])('%j is one line on stderr and exit 64', async (args, message) => {
    const { exitCode, stdout, stderr } = await runClient(args);
    expect(stderr).toContain(`client: ${message}`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toHaveLength(0);
    expect(exitCode).toBe(64);
  });

  it('--help tells every protocol, command and option on stdout', async () => {
    const { exitCode, stdout } = await runClient(['--help']);
    const words = ['tcp-echo', 'udp-echo', 'discard BYTES', '--depth N', '--keep-open', 'Exit codes'];
    for (const word of words) expect(stdout.toString()).toContain(word);
    expect(exitCode).toBe(0);
  });
});

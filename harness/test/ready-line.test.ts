import { describe, expect, it } from 'vitest';
import { readReadyLine } from '../ready-line.ts';

const LINE =
  '{"ready":true,"protocol":"framed","transport":"tcp","host":"127.0.0.1","port":40321,"pid":1234}\n';
const KNOWN = { protocol: 'framed' };

describe('the ready line', () => {
  it('is partial at every length short of its line end', () => {
    for (let length = 0; length < LINE.length; length++)
      expect(readReadyLine(LINE.slice(0, length), KNOWN).kind).toBe('partial');
  });

  it('gives port and host when it is complete, whatever follows', () => {
    const outcome = readReadyLine(`${LINE}more\n`, KNOWN);
    expect(outcome).toMatchObject({ kind: 'ready', ready: { port: 40321, host: '127.0.0.1' } });
  });

  it('needs ready and port only, and ignores unknown keys', () => {
    const outcome = readReadyLine('{"ready":true,"port":1,"workers":4}\n', KNOWN);
    expect(outcome).toEqual({ kind: 'ready', ready: { ready: true, port: 1 } });
  });

  it.each([
    ['no JSON', 'listening\n'],
    ['an empty line', '\n'],
    ['ready false', '{"ready":false,"port":1}\n'],
    ['no port', '{"ready":true}\n'],
    ['port 0', '{"ready":true,"port":0}\n'],
    ['port 65536', '{"ready":true,"port":65536}\n'],
    ['a port as text', '{"ready":true,"port":"80"}\n'],
    ['another protocol', '{"ready":true,"port":1,"protocol":"tcp-echo"}\n'],
    ['another transport', '{"ready":true,"port":1,"transport":"udp"}\n'],
    ['a line without end', 'x'.repeat(5000)],
  ])('is refused with %s', (_, text) => {
    expect(readReadyLine(text, KNOWN).kind).toBe('wrong');
  });

  it('is refused when it names another port than the one that was asked for', () => {
    const outcome = readReadyLine(LINE, { protocol: 'framed', port: 9000 });
    expect(outcome).toMatchObject({ kind: 'wrong', seen: expect.stringContaining('--port 9000 was given') });
  });
});

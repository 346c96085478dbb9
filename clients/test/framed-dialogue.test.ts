/** What the framed client calls right and wrong, with replies as literal bytes, cut at every offset. */
import { describe, expect, it } from 'vitest';
import { parseCommands } from '../framed-commands.ts';
import { FramedDialogue } from '../framed-dialogue.ts';
import { hex } from './scripted-server.ts';

const BAD_PAYLOAD = '0000000d ff 00 0001 0004 4241445f5041594c4f4144';

/** Sends the commands, feeds the replies cut at `offset`, ends; returns what is still owed and what was shown. */
function converse(commands: string[], replies: Buffer, offset = 0) {
  const shown: string[] = [];
  const dialogue = new FramedDialogue((reply) => shown.push(`${reply.id} ${reply.kind}`), 1_048_576);
  const sent = parseCommands(commands).map((command) => dialogue.send(command));
  for (const piece of [replies.subarray(0, offset), replies.subarray(offset)]) {
    if (piece.length > 0) dialogue.receive(piece);
  }
  return { dialogue, sent: Buffer.concat(sent), shown, owed: dialogue.owed };
}

/** The message of the error that these replies end in. */
function failureOf(commands: string[], replies: string): string {
  try {
    converse(commands, hex(replies)).dialogue.finish();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no failure';
}

describe('a framed dialogue', () => {
  it('numbers requests from 1 and encodes them as the protocol says', () => {
    const { sent } = converse(
      ['echo', 'abc', 'discard', '2', 'generate', '258', 'delay', '1000', 'x'],
      hex(''),
    );
    expect(sent).toEqual(
      hex(
        '00000003 01 00 0001 616263  00000002 02 00 0002 7878  00000004 03 00 0003 00000102  00000005 04 00 0004 000003e8 78',
      ),
    );
  });

  it('gives no id of an outstanding DELAY to another request', () => {
    const { dialogue } = converse(['delay', '60000', ''], hex(''));
    const [echo] = parseCommands(['echo', '']);
    const ids = Array.from({ length: 65_535 }, () => echo && dialogue.send(echo).readUInt16BE(6));
    expect(ids.slice(-2)).toEqual([65_535, 2]);
  });

  it('sends raw bytes as they are', () => {
    expect(converse(['raw', 'ffff ff00', 'raw', '0A'], hex('')).sent).toEqual(hex('ffffff00 0a'));
  });

  it('completes every request at every cut of the replies', () => {
    const replies = hex(
      '00000003 81 00 0001 616263  00000004 82 00 0002 00000002  00000001 83 00 0003 00  00000002 83 01 0003 0102  00000000 84 00 0004',
    );
    const commands = ['echo', 'abc', 'discard', '2', 'generate', '3', 'delay', '0', ''];
    for (let offset = 0; offset <= replies.length; offset++) {
      const { dialogue, shown, owed } = converse(commands, replies, offset);
      expect(shown).toEqual(['1 ECHO', '2 DISCARD 2', '3 GENERATE', '3 GENERATE END', '4 DELAY']);
      expect(owed).toBe(0);
      expect(() => dialogue.finish()).not.toThrow();
    }
  });

  it('lets DELAY replies overtake, and come between the frames of a GENERATE', () => {
    const replies = hex('00000001 83 00 0001 00  00000001 84 00 0002 78  00000001 83 01 0001 01');
    const { owed } = converse(['generate', '2', 'delay', '0', 'x'], replies);
    expect(owed).toBe(0);
  });

  it('accepts an empty GENERATE and END on an empty last frame', () => {
    const replies = hex('00000000 83 01 0001  00000001 83 00 0002 00  00000000 83 01 0002');
    expect(converse(['generate', '0', 'generate', '1'], replies).owed).toBe(0);
  });

  it('shows GOAWAY and errors of the connection without a request', () => {
    const replies = hex('00000004 fe 00 0000 00000009  0000000e ff 00 0000 0006 49444c455f54494d454f5554');
    expect(converse([], replies).shown).toEqual(['0 GOAWAY 9', '0 ERROR 6 IDLE_TIMEOUT']);
  });

  it('knows an ERROR as the reply to its request, and fails at the end', () => {
    expect(converse(['generate', '1'], hex(BAD_PAYLOAD))).toMatchObject({
      owed: 0,
      shown: ['1 ERROR 4 BAD_PAYLOAD'],
    });
    expect(failureOf(['generate', '1'], BAD_PAYLOAD)).toBe('1 reply was an ERROR');
  });

  it('judges nothing that raw bytes may have asked for', () => {
    const { dialogue, shown } = converse(['raw', '00', 'echo', 'a'], hex('00000001 99 07 0005 00'));
    expect(shown).toEqual(['5 type 0x99 flags 0x07']);
    expect(() => dialogue.finish()).not.toThrow();
  });
});

describe('a framed dialogue finds', () => {
  it.each([
    ['a wrong byte', ['echo', 'abc'], '00000003 81 00 0001 616264', 'byte 10 of .*expected 63, got 64'],
    [
      'a wrong length',
      ['echo', 'abc'],
      '00000002 81 00 0001 6162',
      'byte 0 of .*2 bytes of payload, expected 3',
    ],
    ['a wrong count', ['discard', '2'], '00000004 82 00 0001 00000003', 'byte 11 of .*expected 02, got 03'],
    ['flags on a reply', ['echo', 'a'], '00000001 81 01 0001 61', 'byte 5 of .*flags must be 00'],
    ['another id', ['echo', 'a'], '00000001 81 00 0002 61', 'id 2, expected the reply to echo with id 1'],
    [
      'another type',
      ['echo', 'a'],
      '00000001 82 00 0001 61',
      'DISCARD with id 1, expected the reply to echo',
    ],
    [
      'replies out of order',
      ['echo', 'a', 'echo', 'b'],
      '00000001 81 00 0002 62 00000001 81 00 0001 61',
      'byte 0 of .*id 2, expected the reply to echo with id 1',
    ],
    ['a reply too many', ['echo', 'a'], '00000001 81 00 0001 61'.repeat(2), 'byte 9 of .*no request waits'],
    [
      'a wrong GENERATE byte',
      ['generate', '2'],
      '00000002 83 01 0001 0002',
      'byte 9 of .*expected 01, got 02',
    ],
    ['other flags', ['generate', '1'], '00000001 83 03 0001 00', 'byte 5 of .*flags other than END'],
    ['END too early', ['generate', '2'], '00000001 83 01 0001 00', 'END after 1 of 2 bytes'],
    ['too much GENERATE', ['generate', '1'], '00000002 83 01 0001 0001', '2 bytes, 1 were asked for'],
    ['a DELAY too early', ['delay', '60000', 'x'], '00000001 84 00 0001 78', 'not before 60000 ms'],
    [
      'an ERROR for nobody',
      ['echo', 'a'],
      BAD_PAYLOAD.replace('0001', '0005'),
      'id 5, expected the reply to echo',
    ],
    [
      'a missing reply',
      ['echo', 'a', 'echo', 'b'],
      '00000001 81 00 0001 61',
      'closed after 9 bytes.*1 reply',
    ],
    [
      'FIN inside a frame',
      ['echo', 'ab'],
      '00000002 81 00 0001 61',
      'byte 0 of .*FIN after 9 bytes of a frame',
    ],
  ])('%s', (_fault, commands, replies, message) => {
    expect(failureOf(commands, replies)).toMatch(new RegExp(message));
  });

  it('a GENERATE frame above 64 KiB', () => {
    const frame = Buffer.concat([hex('00010001 83 01 0001'), Buffer.alloc(65_537)]);
    expect(() => converse(['generate', '65537'], frame)).toThrow('a frame of 65537 bytes, at most 65536');
  });
});

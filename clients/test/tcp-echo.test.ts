/** What the TCP echo client calls right and wrong: echoes cut at every offset, and each kind of wrong byte. */
import { describe, expect, it } from 'vitest';
import { TcpEchoDialogue } from '../tcp-echo.ts';

function dialogueAfter(...messages: string[]) {
  const replies: string[] = [];
  const dialogue = new TcpEchoDialogue((reply) => replies.push(`${reply.offset}:${reply.payload}`));
  for (const message of messages) dialogue.send(Buffer.from(message));
  return { dialogue, replies };
}

describe('a TCP echo dialogue', () => {
  it('takes messages back at every cut of the stream', () => {
    const echo = Buffer.from('hello, world');
    for (let offset = 0; offset <= echo.length; offset++) {
      const { dialogue, replies } = dialogueAfter('hello', ', ', 'world');
      dialogue.receive(echo.subarray(0, offset));
      dialogue.receive(echo.subarray(offset));
      expect(dialogue.owed).toBe(0);
      expect(replies).toEqual(['0:hello', '5:, ', '7:world']);
    }
  });

  it('counts a message only when its last byte is back', () => {
    const { dialogue } = dialogueAfter('abc', 'de');
    dialogue.receive(Buffer.from('abcd'));
    expect(dialogue.owed).toBe(1);
    expect(() => dialogue.finish()).toThrow('the server closed after 4 bytes, still awaited: 1 reply');
  });

  it('names the first wrong byte by its offset in the stream', () => {
    const { dialogue } = dialogueAfter('abc', 'def');
    dialogue.receive(Buffer.from('abcd'));
    expect(() => dialogue.receive(Buffer.from('eX'))).toThrow(
      'wrong reply at byte 5 of what the server sent: expected 66, got 58',
    );
  });

  it('refuses bytes that were not sent', () => {
    const { dialogue } = dialogueAfter('ab');
    expect(() => dialogue.receive(Buffer.from('ab!!'))).toThrow(
      'wrong reply at byte 2 of what the server sent: 2 bytes that were not sent',
    );
  });
});

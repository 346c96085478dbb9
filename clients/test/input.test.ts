/** Where requests come from: generated messages and lines, as literal bytes. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parseLine } from '../framed-commands.ts';
import { parseLines, patternMessages, repeat } from '../input.ts';

async function collect<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('patternMessages', () => {
  it('carry their number and bytes that depend on number and position', async () => {
    expect(await collect(patternMessages(6, 2))).toEqual([
      Buffer.from([0, 0, 0, 0, 4, 5]),
      Buffer.from([1, 0, 0, 0, 5, 6]),
    ]);
  });

  it('differ even where only the number can tell', async () => {
    const messages = await collect(patternMessages(4, 1000));
    expect(new Set(messages.map((message) => message.toString('hex'))).size).toBe(1000);
  });
});

describe('repeat', () => {
  it('gives the items in order, round after round', async () => {
    expect(await collect(repeat(['a', 'b'], 2))).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('lines of framed commands', () => {
  const parse = (text: string) => collect(parseLines(Readable.from([Buffer.from(text)]), parseLine));

  it('keep the spaces of a text', async () => {
    expect(await parse('echo  two  spaces \r\n')).toMatchObject([{ payload: Buffer.from(' two  spaces ') }]);
    expect(await parse('delay 5  x y')).toMatchObject([
      { delayMs: 5, payload: Buffer.from('\0\0\0\x05 x y') },
    ]);
    expect(await parse('raw 00 0a')).toMatchObject([{ bytes: Buffer.from([0, 10]) }]);
  });

  it('may be empty, and need no newline at the end', async () => {
    expect(await parse('\n  \ngenerate 1\n\ndiscard 2')).toMatchObject([
      { kind: 'generate' },
      { kind: 'discard' },
    ]);
  });

  it('may be an empty text', async () => {
    expect(await parse('echo\necho \ndelay 1\n')).toMatchObject([
      { kind: 'echo', payload: Buffer.alloc(0) },
      { kind: 'echo', payload: Buffer.alloc(0) },
      { kind: 'delay', delayMs: 1 },
    ]);
  });

  it('end the input with the wrong word', async () => {
    await expect(parse('echo a\nping\n')).rejects.toThrow('unknown command "ping"');
    await expect(parse('generate 1 2 3\n')).rejects.toThrow('unknown command "2"');
  });
});

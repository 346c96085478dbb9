/**
 * The two codecs agree with each other and with the document; and the search that says so finds planted faults.
 *
 * Each fault stands in one line of a copy of a codec: if a search of a few thousand cases overlooked it, agreeing would
 * mean nothing.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodecProcess } from '../fuzz/codec-process.ts';
import { cCodec, typescriptCodec } from '../fuzz/codecs.ts';
import { disagreementOn, search } from '../fuzz/differential.ts';
import { expectedOutcome } from '../fuzz/expected.ts';
import { tell, vectorLine } from '../fuzz/finding.ts';
import { knownCases } from '../fuzz/known-cases.ts';
import { ROOT } from '../servers.ts';
import { readCodecVectors } from '../vectors/read.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const CASES = 20_000;
/** A planted fault that takes more than this would be found too seldom by a short search. */
const CASES_FOR_A_FAULT = 2_000;
/** Builds of faulty codecs, and searches on a busy machine: events end both, this only ends what hangs. */
const DEADLINE_MS = 180_000;

describe('the codecs', () => {
  let codecs: CodecProcess[];

  beforeAll(() => {
    codecs = [typescriptCodec(), cCodec()];
  }, DEADLINE_MS);

  afterAll(async () => {
    for (const codec of codecs) expect(await codec.end()).toBeUndefined();
  });

  it.each(knownCases())('agree on the vector $name', async ({ bytes }) => {
    expect(await disagreementOn(bytes, codecs)).toBeUndefined();
  });

  it(`agree on ${CASES} cases of seed ${seed}`, { timeout: DEADLINE_MS }, async () => {
    const { cases, disagreement } = await search(codecs, { seed, cases: CASES });
    expect(disagreement && tell(disagreement)).toBeUndefined();
    expect(cases).toBe(CASES);
  });

  it('say so of a case that is no case at all', async () => {
    expect(await disagreementOn(Buffer.alloc(0), codecs)).toBeUndefined();
  });
});

describe('the document', () => {
  it.each(readCodecVectors())('gives the outcome that stands in the vector $name', ({ name, outcome }) => {
    const bytes = knownCases().find((known) => known.name === name)?.bytes ?? Buffer.alloc(0);
    expect(expectedOutcome(bytes)).toBe(outcome);
  });
});

/** One line of a codec, and what is wrong about the line that takes its place. */
type Fault = readonly [name: string, file: string, line: string, fault: string];

const FAULTS_IN_C: readonly Fault[] = [
  [
    'takes lengths as signed',
    'frame.c',
    'header->length > max_frame_size',
    '(int32_t)header->length > (int32_t)max_frame_size',
  ],
  [
    'refuses a frame at the limit',
    'frame.c',
    'header->length > max_frame_size',
    'header->length >= max_frame_size',
  ],
  ['looks at one flag only', 'frame.c', 'header->flags != 0', '(header->flags & 1) != 0'],
  [
    'looks at flags before lengths',
    'frame.c',
    'header->length > max_frame_size',
    'header->flags == 0 && header->length > max_frame_size',
  ],
  ['loses what it had of a header that is cut twice', 'frame.c', 'parser->header_length + taken)', 'taken)'],
  [
    'hands out a byte behind the input',
    'frame.c',
    'left < parser->payload_left ? left :',
    'left < parser->payload_left ? left + 1 :',
  ],
  ['goes on after an error', 'frame.c', 'parser->phase = FAILED;', 'parser->header_length = 0;'],
  [
    'swaps the bytes of an id',
    'cursor.c',
    '{(uint8_t)(value >> 8), (uint8_t)value};',
    '{(uint8_t)value, (uint8_t)(value >> 8)};',
  ],
  [
    'sets END on no full frame',
    'replies.c',
    'replies->generating = replies->left > 0;',
    'replies->generating = length == replies->frame_bytes;',
  ],
  ['begins the pattern anew in each frame', 'replies.c', '(replies->phase + length) % PATTERN_PERIOD', '0'],
  ['leaks what it clears', 'replies.c', 'free(take_first(replies));', 'take_first(replies);'],
  ['gives equal times in any order', 'delays.c', 'a->sequence < b->sequence', 'a->sequence > b->sequence'],
  ['forgets the second child', 'delays.c', 'child <= 2 * i + 2', 'child <= 2 * i + 1'],
];

const FAULTS_IN_TYPESCRIPT: readonly Fault[] = [
  ['looks at one flag only', 'frame.ts', 'header.flags !== 0', '(header.flags & 1) !== 0'],
  ['copies the payload', 'frame.ts', 'event.bytes = input.bytes;', 'event.bytes = input.bytes.slice();'],
  [
    'shifts the high byte too far',
    'cursor.ts',
    'writeU8(cursor, value >>> 8)',
    'writeU8(cursor, value >>> 9)',
  ],
  ['gives equal times in any order', 'delays.ts', 'a.sequence < b.sequence', 'a.sequence > b.sequence'],
];

/** Replaces the one place where the line stands; a line that is gone would plant nothing. */
function plant(path: string, line: string, fault: string): void {
  const source = readFileSync(path, 'utf8');
  expect(source.split(line), `${line} in ${path}`).toHaveLength(2);
  writeFileSync(
    path,
    source.replace(line, () => fault),
  );
}

describe('a search', () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'codecs-'));
    const parts = [
      'servers-c/Makefile',
      'servers-c/wire',
      'servers-c/test/codec',
      'servers-ts/wire',
      'servers-ts/test/codec',
    ];
    for (const part of parts) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{ "type": "module" }\n');
  });

  afterAll(() => rmSync(copy, { recursive: true }));

  let planted: string | undefined;

  /** Writes no more than two files, so that make compiles no more than two. */
  function replant(room: string, [, file, line, fault]: Fault): void {
    if (planted !== undefined) writeFileSync(join(copy, planted), readFileSync(join(ROOT, planted)));
    planted = join(room, 'wire', file);
    writeFileSync(join(copy, planted), readFileSync(join(ROOT, planted)));
    plant(join(copy, planted), line, fault);
  }

  async function expectFound(codec: CodecProcess): Promise<void> {
    const { disagreement } = await search([codec], { seed, cases: CASES_FOR_A_FAULT, first: true });
    const died = await codec.end();
    expect(disagreement ?? died, `nothing found with seed ${seed}`).toBeDefined();
  }

  it('finds nothing in copies without a fault', { timeout: DEADLINE_MS }, async () => {
    for (const codec of [cCodec(copy), typescriptCodec(copy)]) {
      const { disagreement } = await search([codec], { seed, cases: CASES_FOR_A_FAULT, first: true });
      expect([disagreement, await codec.end()]).toEqual([undefined, undefined]);
    }
  });

  it.each(FAULTS_IN_C)('finds a C codec that %s', { timeout: DEADLINE_MS }, async (...fault) => {
    replant('servers-c', fault);
    await expectFound(cCodec(copy));
  });

  it.each(FAULTS_IN_TYPESCRIPT)(
    'finds a TypeScript codec that %s',
    { timeout: DEADLINE_MS },
    async (...fault) => {
      replant('servers-ts', fault);
      await expectFound(typescriptCodec(copy));
    },
  );
});

describe('a codec', () => {
  const NO_CASE = Buffer.alloc(0);

  it.each([
    ['dies', 'exit 3', 'died(3: nothing on stderr)'],
    [
      'dies of a sanitizer',
      'echo first; echo "x.c:1: runtime error: y" >&2; exit 97',
      'died(97: x.c:1: runtime error: y)',
    ],
  ])('that %s has an outcome that says so, each time', async (_name, script, outcome) => {
    await using codec = new CodecProcess('C', ['sh', '-c', script]);
    expect([await codec.outcomeOf(NO_CASE), await codec.outcomeOf(NO_CASE)]).toEqual([outcome, outcome]);
  });

  it('that hangs is ended and says so', async () => {
    await using codec = new CodecProcess('C', ['sleep', '600'], 100);
    expect(await codec.outcomeOf(NO_CASE)).toBe('died(SIGKILL: no outcome within 100 ms)');
  });

  it('that is not there says so', async () => {
    await using codec = new CodecProcess('C', ['/nowhere/codec']);
    expect(await codec.outcomeOf(NO_CASE)).toContain('ENOENT');
  });
});

describe('a finding', () => {
  const stream = Buffer.from('00000000010100030000000161', 'hex');
  const outcomes = new Map([
    ['document', 'partial'],
    ['C', 'died(97: heap-buffer-overflow)'],
  ]);

  it('in a stream becomes a line of framed.txt, without its cuts', () => {
    expect(vectorLine({ bytes: stream, outcomes })).toEqual({
      file: 'harness/vectors/framed.txt',
      line: expect.stringMatching(/^found-[0-9a-f]{8} \| 1 \| 0000000161 \| partial$/),
    });
  });

  it('in another module becomes a line of codec.txt', () => {
    expect(
      vectorLine({ bytes: Buffer.of(3, 1), outcomes: new Map([['document', 'none held(0,0)']]) }),
    ).toEqual({
      file: 'harness/vectors/codec.txt',
      line: expect.stringMatching(/^found-[0-9a-f]{8} \| delays \| 01 \| none held\(0,0\)$/),
    });
  });

  it('is told with the outcome of each', () => {
    const text = tell({ bytes: stream, outcomes });
    expect(text).toContain('  document  partial\n  C         died(97: heap-buffer-overflow)\n');
    expect(text).toContain('harness/vectors/framed.txt');
  });
});

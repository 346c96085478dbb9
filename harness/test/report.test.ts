import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../checks/catalogue.ts';
import { type ByteDifference, firstDifference } from '../checks/check.ts';
import { type CheckResult, count } from '../checks/result.ts';
import { printable } from '../printable.ts';
import { explainCheck, ruleText, sectionOf } from '../report/explain.ts';
import { failureText, replayCommand } from '../report/failure.ts';
import { hexdiff } from '../report/hexdiff.ts';
import { checkReport, checkReportSchema } from '../report/json.ts';
import { summaryLine } from '../report/text.ts';
import { commandServer, referenceServer } from '../servers.ts';

function difference(expected: Uint8Array, actual: Uint8Array): ByteDifference {
  const bytes = firstDifference(expected, actual);
  if (!bytes) throw new Error('they differ');
  return bytes;
}

const FAILED: CheckResult = {
  id: 'frame.zero',
  title: 'answers an empty frame with an empty frame',
  rule: 'docs/protocol.md section 2',
  level: 'must',
  server: 'framed/c',
  verdict: 'fail',
  durationMs: 12,
  failure: {
    facts: {
      expected: 'the reply to ECHO, 8 bytes',
      actual: '8 bytes, the first difference at offset 4',
      bytes: difference(Buffer.from('0000000081000007', 'hex'), Buffer.from('0000000001000007', 'hex')),
      cause: 'the request was sent back as it came',
      hint: 'the type of a reply is that of the request plus 0x80',
    },
    steps: ['connect', 'send ECHO with 0 bytes'],
    stderr: 'event=listen\nevent=open \u001b[31mred',
    crash: { code: null, signal: 'SIGSEGV' },
  },
};

const RUN = { seed: 4711, tier: 'quick' } as const;

describe('a failure', () => {
  it('is shown as rule, steps, bytes with a caret, cause, last words of the server, and how to replay it', () => {
    const text = stripVTControlCharacters(failureText(FAILED, referenceServer('framed', 'c'), RUN));
    expect(text).toBe(`FAIL  frame.zero  framed/c  (docs/protocol.md section 2)
      a server answers an empty frame with an empty frame

  what was done
    1. connect
    2. send ECHO with 0 bytes

  expected  the reply to ECHO, 8 bytes
  actual    8 bytes, the first difference at offset 4

  bytes from offset 0 on (8 expected, 8 came)
  expected  00 00 00 00 81 00 00 07  |........|
  actual    00 00 00 00 01 00 00 07  |........|
                        ^^ the first wrong byte, at offset 4

  likely cause: the request was sent back as it came
  look at: the type of a reply is that of the request plus 0x80

  the server was ended by SIGSEGV
  last lines of its stderr
    | event=listen
    | event=open red

  replay: make check S=framed TRACK=c ID=frame.zero SEED=4711
  more of it: make explain RULE=frame.zero`);
  });

  it('of one’s own server is replayed with its command, quoted for a shell', () => {
    const spec = { ...commandServer('tcp-echo', ['node']), name: `node 'my server.js'` };
    expect(replayCommand('tcp.half-close', spec, { seed: 1, tier: 'full' })).toBe(
      `make check S=tcp-echo CMD='node '\\''my server.js'\\''' ID=tcp.half-close TIER=full SEED=1`,
    );
  });

  it('carries no control character of a server to the terminal', () => {
    expect(printable('a\u001b[2Jb\u0007\u0085c\td\n')).toBe('ab\\x07\\x85c\td\n');
  });
});

describe('the first difference of two byte strings', () => {
  it('is found at every offset', () => {
    const expected = Buffer.from(Array.from({ length: 64 }, (_, i) => i));
    for (let offset = 0; offset < expected.length; offset++) {
      const actual = Buffer.from(expected);
      actual[offset] = 0xff;
      const bytes = difference(expected, actual);
      expect(bytes.offset).toBe(offset);
      expect(bytes.actual[offset - bytes.windowOffset]).toBe(0xff);
    }
  });

  it('is none for equal bytes, empty ones included', () => {
    expect(firstDifference(Buffer.alloc(0), Buffer.alloc(0))).toBeUndefined();
    expect(firstDifference(Buffer.from('abc'), Buffer.from('abc'))).toBeUndefined();
  });

  it('is the end of the shorter one when nothing else differs', () => {
    const missing = hexdiff(difference(Buffer.from('abc'), Buffer.from('ab')));
    expect(missing).toEqual([
      'bytes from offset 0 on (3 expected, 2 came)',
      'expected  61 62 63  |abc|',
      'actual    61 62     |ab|',
      '                ^^ the bytes end here, at offset 2',
    ]);
    expect(hexdiff(difference(Buffer.from('ab'), Buffer.from('abc'))).at(-1)).toContain(
      'the first byte too many, at offset 2',
    );
  });
});

describe('a summary', () => {
  it('ends with what passed, failed, and was not judged and why', () => {
    const results: CheckResult[] = [
      { ...FAILED, verdict: 'pass' },
      FAILED,
      { ...FAILED, verdict: 'not judged', why: 'no arena: ARENA=off' },
      { ...FAILED, verdict: 'not judged', why: 'no arena: ARENA=off' },
    ];
    expect(summaryLine(results)).toBe('1 passed, 1 failed, 2 not judged (no arena: ARENA=off)');
    expect(summaryLine([])).toBe('0 passed, 0 failed, 0 not judged');
    expect(count(results).notJudged).toBe(2);
  });
});

describe('the JSON document', () => {
  it('keeps its published schema, and gives bytes as hexadecimal', () => {
    const spec = referenceServer('framed', 'c');
    const report = checkReport([{ spec, results: [FAILED], durationMs: 3.5 }], RUN);
    const document = checkReportSchema.strict().parse(JSON.parse(JSON.stringify(report)));
    expect(document.servers[0]?.results[0]?.failure?.bytes?.actualHex).toBe('0000000001000007');
    expect(document.counts).toEqual({ passed: 0, failed: 1, notJudged: 0, why: [] });
  });
});

describe('an explanation', () => {
  const text = '# T\n\n## 1. One\n\na\n\n### 1.1 Part\n\nb\n\n## 2. Two\n\nc\n';

  it('quotes the section of the rule, its parts included, and stops at the next', () => {
    expect(sectionOf(text, '1')).toBe('## 1. One\n\na\n\n### 1.1 Part\n\nb');
    expect(sectionOf(text, '1.1')).toBe('### 1.1 Part\n\nb');
    expect(sectionOf(text, '2')).toBe('## 2. Two\n\nc');
    expect(sectionOf(text, '3')).toBeUndefined();
  });

  it.each(catalogue.map((check) => [check.id, check] as const))(
    'of %s names a rule that stands somewhere',
    (_, check) => {
      expect(check.rule).toMatch(/^(docs\/(contract|protocol)\.md section [\d.]+|RFC \d+)/);
      if (check.rule.startsWith('docs/')) expect(ruleText(check.rule)).toBeDefined();
      const words = explainCheck(check).replaceAll(/\s+/g, ' ');
      for (const part of [check.title, check.why, check.how, check.level, check.tier])
        expect(words).toContain(part.replaceAll(/\s+/g, ' '));
    },
  );

  it('says of every check in a few sentences why it matters and how it is checked', () => {
    const short = catalogue.filter(({ why, how }) => why.length < 60 || how.length < 40).map(({ id }) => id);
    expect(short).toEqual([]);
  });

  it('can tell the checks apart: no id stands twice', () => {
    const ids = catalogue.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

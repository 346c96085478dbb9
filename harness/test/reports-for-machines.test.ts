/**
 * TAP and JUnit reports: read back as a CI system would read them, with a server that says the worst it can.
 *
 * XML is parsed by Python's expat, which the project needs anyway; the rules of shape are those of Jenkins' junit-10.xsd.
 */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../checks/check.ts';
import type { CheckResult } from '../checks/result.ts';
import { checkReport, checkReportSchema } from '../report/json.ts';
import { junitReport } from '../report/junit.ts';
import { tapReport } from '../report/tap.ts';
import type { ServerReport } from '../report/text.ts';
import { commandServer } from '../servers.ts';

const RUN = { seed: 4711, tier: 'quick' } as const;
const plain = { rule: 'docs/protocol.md section 2', level: 'must', server: 'mine', durationMs: 12 } as const;
const EVIL =
  'a]]>&<b "c"\u0000\u0007\u001b[31m\u0085\u2028\ufffe\ud800 # TODO\n  ...\nok 99 - forged\n---\t\\';

function failed(stderr: string): CheckResult {
  const bytes = firstDifference(Buffer.from('0081', 'hex'), Buffer.from('0001', 'hex'));
  const facts = { expected: `2 bytes ${stderr}`, actual: '2 others', cause: 'a cause', hint: 'a hint' };
  return {
    ...plain,
    id: 'frame.zero',
    title: 'answers an empty frame',
    verdict: 'fail',
    failure: { facts: { ...facts, ...(bytes ? { bytes } : {}) }, steps: ['connect', stderr], stderr },
  };
}

function reportOf(stderr: string): ServerReport[] {
  const { failure, ...rest } = failed(stderr);
  const results: CheckResult[] = [
    { ...rest, id: 'ready.line', verdict: 'pass' },
    failed(stderr),
    { ...rest, id: 'udp.multihomed', level: 'info', verdict: 'pass', ...(failure ? { note: failure } : {}) },
    { ...rest, id: 'udp.echo', verdict: 'not judged', why: `no arena: ${stderr}` },
  ];
  return [{ spec: { ...commandServer('framed', ['x']), name: stderr }, results, durationMs: 1234 }];
}

/** One test point of TAP: its own line, and what its YAML block says. */
interface Point {
  line: string;
  fields: Record<string, unknown>;
}

/** Reads TAP 14 by its grammar, and nothing else: any other line is an error. */
function readTap(text: string): Point[] {
  const [version, plan, ...lines] = text.trimEnd().split('\n');
  expect(version).toBe('TAP version 14');
  const points: Point[] = [];
  let inBlock = false;
  for (const line of lines) {
    if (line === '  ---' || line === '  ...') inBlock = line === '  ---';
    else if (inBlock) {
      const [, key = '', value = ''] = /^ {2}(\w+): (.*)$/.exec(line) ?? [];
      (points.at(-1) as Point).fields[key] = JSON.parse(value);
    } else {
      expect(line).toMatch(/^(not )?ok \d+ - /);
      points.push({ line, fields: {} });
    }
  }
  expect(plan).toBe(`1..${points.length}`);
  return points;
}

/** An element of an XML document as expat sees it. */
interface Element {
  tag: string;
  attributes: Record<string, string>;
  text: string;
  children: Element[];
}

const MOST_BYTES = 64 * 1024 * 1024;
const PARSE = `
import json, sys, xml.etree.ElementTree as tree
def plain(e):
    return {'tag': e.tag, 'attributes': e.attrib, 'text': e.text or '', 'children': [plain(c) for c in e]}
print(json.dumps([plain(tree.fromstring(text.encode())) for text in json.load(sys.stdin)]))
`;

function parseXml(documents: string[]): Element[] {
  const input = JSON.stringify(documents);
  return JSON.parse(
    execFileSync('python3', ['-c', PARSE], { input, encoding: 'utf8', maxBuffer: MOST_BYTES }),
  ) as Element[];
}

/** Of junit-10.xsd: the elements that we use, their attributes (those with ! are required), and their children. */
const SHAPE: Record<string, { attributes: string[]; children: string[] }> = {
  testsuites: { attributes: ['name', 'time', 'tests', 'failures', 'errors'], children: ['testsuite'] },
  testsuite: {
    attributes: [
      ...['name!', 'tests!', 'failures!', 'errors!', 'group', 'time', 'skipped', 'timestamp'],
      ...['hostname', 'id', 'package', 'file', 'log', 'url'],
    ],
    children: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { attributes: [], children: ['property'] },
  property: { attributes: ['name!', 'value!'], children: [] },
  testcase: {
    attributes: ['name!', 'time', 'classname', 'group'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: { attributes: ['type', 'message'], children: [] },
  skipped: { attributes: ['type', 'message'], children: [] },
  'system-out': { attributes: [], children: [] },
};
/** The schema's SUREFIRE_TIME, without the commas that we never write. */
const TIME = /^[0-9]+\.[0-9]{3}$/;

/** What the schema would refuse, a sentence each. */
function violations({ tag, attributes, children }: Element): string[] {
  const shape = SHAPE[tag];
  if (!shape) return [`${tag} is no element of the schema`];
  const known = shape.attributes.map((name) => name.replace('!', ''));
  const required = shape.attributes.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1));
  return [
    ...Object.keys(attributes)
      .filter((name) => !known.includes(name))
      .map((name) => `${tag} has no ${name}`),
    ...required.filter((name) => !(name in attributes)).map((name) => `${tag} needs ${name}`),
    ...(attributes.time === undefined || TIME.test(attributes.time) ? [] : [`time ${attributes.time}`]),
    ...children.filter((one) => !shape.children.includes(one.tag)).map((one) => `${one.tag} in ${tag}`),
    ...children.flatMap(violations),
  ];
}

function find({ tag, children, ...rest }: Element, wanted: string): Element[] {
  const here = tag === wanted ? [{ tag, children, ...rest }] : [];
  return [...here, ...children.flatMap((child) => find(child, wanted))];
}

describe('a TAP report', () => {
  it('says the same of a failure as the JSON document', () => {
    const reports = reportOf('the last words');
    const [, failure] = readTap(tapReport(reports, RUN));
    const json = checkReportSchema.parse(checkReport(reports, RUN)).servers[0]?.results[1];
    expect(failure?.line).toBe('not ok 2 - the last words frame.zero: a server answers an empty frame');
    expect(failure?.fields).toMatchObject({
      ...json?.failure,
      title: json?.title,
      rule: json?.rule,
      level: 'must',
    });
    expect(failure?.fields).toMatchObject({ bytes: { offset: 1, expectedHex: '0081', actualHex: '0001' } });
  });

  it('passes what is noted, and skips what is not judged', () => {
    const points = readTap(tapReport(reportOf('x'), RUN));
    expect(points.map(({ line }) => line.replace(/ - .*?(?=$| # )/, ''))).toEqual([
      'ok 1',
      'not ok 2',
      'ok 3 # SKIP no arena: x',
      'ok 4',
    ]);
  });

  it('gives back whatever a server said, and takes none of it for TAP', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(EVIL)), (stderr) => {
        const text = tapReport(reportOf(stderr), RUN);
        const points = readTap(text);
        expect(points).toHaveLength(4);
        expect(points[1]?.fields.stderr).toBe(stderr);
        expect(points[1]?.line).not.toMatch(/[^\\]#/);
        expect(text.split('\n').filter((line) => /^ {2}.*[^\x20-\x7e]/.test(line))).toEqual([]);
      }),
    );
  });
});

describe('a JUnit report', () => {
  it('has the shape of the schema, one suite to a server and one case to a check', () => {
    const [root] = parseXml([junitReport(reportOf('the last words'), RUN)]) as [Element];
    expect(violations(root)).toEqual([]);
    expect(find(root, 'testsuite')[0]?.attributes).toEqual({
      ...{ name: 'the last words', tests: '4', failures: '1', errors: '0', skipped: '1', time: '1.234' },
    });
    expect(find(root, 'testcase')).toHaveLength(4);
    expect(find(root, 'skipped')[0]?.attributes.message).toBe('no arena: the last words');
    expect(find(root, 'system-out')[0]?.text).toContain('NOTE  udp.multihomed');
  });

  it('carries in a failure all that a person would read', () => {
    const [root] = parseXml([junitReport(reportOf('the last words'), RUN)]) as [Element];
    const [failure] = find(root, 'failure');
    expect(failure?.attributes).toEqual({
      type: 'must',
      message: 'expected 2 bytes the last words, got 2 others',
    });
    for (const part of [
      'docs/protocol.md section 2',
      '1. connect',
      'the first wrong byte, at offset 1',
      '00 81',
      'likely cause: a cause',
      'look at: a hint',
      '| the last words',
      'ID=frame.zero SEED=4711',
    ])
      expect(failure?.text).toContain(part);
  });

  it('is well-formed and keeps its shape whatever a server said', () => {
    const said = fc.sample(fc.string({ unit: 'binary', size: 'medium' }), { numRuns: 60, seed: 1 });
    const controls = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).join('');
    const roots = parseXml([EVIL, controls, ...said].map((stderr) => junitReport(reportOf(stderr), RUN)));
    expect(roots.flatMap(violations)).toEqual([]);
    for (const root of roots) expect(find(root, 'testcase')).toHaveLength(4);
  });

  it('would be refused by these rules with an attribute, an element or a time that the schema lacks', () => {
    const xml =
      '<testsuites><testsuite name="a" tests="1" failures="0" time="1s" x="y"><p/></testsuite></testsuites>';
    expect(parseXml([xml]).flatMap(violations)).toEqual([
      'testsuite has no x',
      'testsuite needs errors',
      'time 1s',
      'p in testsuite',
      'p is no element of the schema',
    ]);
  });
});

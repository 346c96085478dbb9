/**
 * The mirror: the TypeScript and the C server of a pair can be read side by side, and behave the same at the command
 * line. Sections, exported names, limits, `--help` and error lines are compared.
 *
 * Sources are read as text, never imported: the harness knows servers only from outside. What only one language needs
 * stands in mirror-exceptions.ts with its reason, and an exception that nothing needs any more is an error too.
 */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { referenceServer, SUITES, type Suite, type Track } from '../servers.ts';
import { ONLY_IN_C, ONLY_IN_TYPESCRIPT, SECTIONS } from './mirror-exceptions.ts';
import {
  cEnums,
  cNames,
  cNumbers,
  moduleNames,
  readSource,
  sectionsOf,
  typescriptNames,
  typescriptNumbers,
} from './mirror-names.ts';

const run = promisify(execFile);

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a server that is expected to end by itself. */
async function outcomeOf(protocol: Suite, track: Track, args: string[]): Promise<Outcome> {
  const [program, ...leading] = referenceServer(protocol, track).argv;
  try {
    const { stdout, stderr } = await run(program, [...leading, ...args], { timeout: 30_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}

async function bothOutcomes(protocol: Suite, args: string[]): Promise<{ ts: Outcome; c: Outcome }> {
  const [ts, c] = await Promise.all([outcomeOf(protocol, 'ts', args), outcomeOf(protocol, 'c', args)]);
  return { ts, c };
}

/** Takes a port of 127.0.0.1 until it is disposed of. */
async function holdPort(transport: 'tcp' | 'udp'): Promise<AsyncDisposable & { port: number }> {
  const holder =
    transport === 'tcp'
      ? createServer().listen(0, '127.0.0.1')
      : createSocket('udp4').bind({ port: 0, address: '127.0.0.1', exclusive: true });
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => holder.close(() => resolve())) };
}

/** All limits of C are there, and what more there is are values of C's enums. */
function expectSameNumbers(
  ts: Map<string, number>,
  limits: Map<string, number>,
  enums: Map<string, number>,
): void {
  const used = [...enums].filter(([name]) => ts.has(name));
  expect(Object.fromEntries(ts)).toEqual({ ...Object.fromEntries(used), ...Object.fromEntries(limits) });
}

describe.each(SUITES)('%s', (protocol) => {
  const ts = readSource(`servers-ts/${protocol}.ts`);
  const c = readSource(`servers-c/${protocol}.c`);

  test('has the same sections in the same order in both languages, none of them empty', () => {
    for (const source of [ts, c]) {
      const sections = sectionsOf(source);
      expect(sections.map(({ name }) => name)).toEqual(SECTIONS);
      for (const { name, body } of sections) expect(body, name).not.toBe('');
    }
  });

  test('has the same limits in both languages', () => {
    expectSameNumbers(typescriptNumbers(ts, 'all'), cNumbers(c), cEnums(c, protocol));
  });

  test('prints the same --help, byte by byte', async () => {
    const help = await bothOutcomes(protocol, ['--help']);
    expect(help.ts).toEqual(help.c);
    expect(help.ts).toMatchObject({ code: 0, stderr: '' });
    expect(help.ts.stdout).toContain(`Usage: ${protocol} [options]\n`);
  });

  test('says in the same line that a port is taken', async () => {
    await using holder = await holdPort(protocol === 'udp-echo' ? 'udp' : 'tcp');
    const refused = await bothOutcomes(protocol, [`--port=${holder.port}`, '--log-level=error']);
    expect(refused.ts).toEqual(refused.c);
    expect(refused.ts).toMatchObject({ code: 69, stdout: '' });
  });
});

describe('a bad flag gives the same line and exit 64 in both languages', () => {
  test.each([
    ['--port', 'abc'],
    ['--port='],
    ['--port', '65536'],
    ['--port', '-1'],
    ['--host', 'localhost'],
    ['--host=::1%lo'],
    ['--log-level', 'loud'],
    ['--max-frame-size', '255'],
    ['--workers=65'],
    ['--foo'],
    ['--foo=1'],
    ['-p', '1'],
    ['--port'],
    ['stray "\\ \u00e9'],
  ])('%j', async (...args) => {
    const { ts, c } = await bothOutcomes('framed', args);
    expect(ts).toEqual(c);
    expect(ts).toMatchObject({ code: 64, stdout: '' });
    expect(ts.stderr).toMatch(/^framed: .* \(try --help\)\n$/);
  });

  test.each(['tcp-echo', 'udp-echo'] as const)('%s does not know the flags of framed', async (protocol) => {
    const { ts, c } = await bothOutcomes(protocol, ['--max-frame-size=1000']);
    expect(ts).toEqual(c);
    expect(ts.stderr).toContain('unknown option --max-frame-size');
  });
});

describe('what both languages export', () => {
  const { both, onlyInC, onlyInTypescript } = moduleNames();

  test('stands in modules of the same names', () => {
    expect(onlyInC).toEqual(ONLY_IN_C.modules.map(({ name }) => name));
    expect(onlyInTypescript).toEqual(ONLY_IN_TYPESCRIPT.modules.map(({ name }) => name));
    expect(both.length).toBeGreaterThan(10);
  });

  test('has the same names', () => {
    const c = both.flatMap(cNames);
    const ts = both.flatMap(typescriptNames);
    const missing = (from: string[], list: string[]): string[] =>
      list.filter((name) => !from.includes(name)).sort();
    expect(missing(ts, c)).toEqual(ONLY_IN_C.names.map(({ name }) => name).sort());
    expect(missing(c, ts)).toEqual(ONLY_IN_TYPESCRIPT.names.map(({ name }) => name).sort());
  });

  // net/connection/output is a part of net/connection, framed/flow one of the program.
  const parts = both.filter((module) => !/^(?:net|wire)\/[^/]+$/.test(module));
  const inParts = [...parts, ...both.filter((module) => parts.some((part) => part.startsWith(`${module}/`)))];

  test.each(inParts)('has the same sections in the same order in %s', (module) => {
    const sections = sectionsOf(readSource(`servers-ts/${module}.ts`));
    expect(sections.map(({ name }) => name)).toEqual(
      sectionsOf(readSource(`servers-c/${module}.c`)).map(({ name }) => name),
    );
    for (const { name, body } of sections) expect(body, name).not.toBe('');
  });

  test.each(both)('has the same limits in %s', (module) => {
    const header = readSource(`servers-c/${module}.h`);
    const limits = cNumbers(header);
    for (const { name } of ONLY_IN_C.limits) limits.delete(name);
    const ts = typescriptNumbers(readSource(`servers-ts/${module}.ts`), 'exported');
    expectSameNumbers(ts, limits, cEnums(header, module));
  });

  test('has no exception for a limit that is gone, and a reason for each', () => {
    const all = both.flatMap((module) => [...cNumbers(readSource(`servers-c/${module}.h`)).keys()]);
    for (const { name } of ONLY_IN_C.limits) expect(all).toContain(name);
    for (const list of [ONLY_IN_C, ONLY_IN_TYPESCRIPT].flatMap(Object.values)) {
      for (const { why } of list) expect(why.length).toBeGreaterThan(10);
    }
  });
});

describe('the mirror itself', () => {
  test('sees sections, empty ones and missing ones', () => {
    expect(sectionsOf('// ---- read ----\n\n// ---- write ----\ncode\n')).toEqual([
      { name: 'read', body: '' },
      { name: 'write', body: 'code' },
    ]);
    expect(sectionsOf('/* ---- read ---- */\ncode\n')).toEqual([{ name: 'read', body: 'code' }]);
  });

  test('reads numbers as both languages write them', () => {
    const expected = { A_BYTES: 65536, B: 255, C: 65791, D: -1 };
    const c =
      '#define A_BYTES 65536\n#define B 0xFF\n#define C (A_BYTES + B)\n#define D (-1)\n#define GUARD_H\n';
    const ts =
      'export const A_BYTES = 65536;\nexport const B = 0xff;\nconst C = A_BYTES + B;\nconst D = -1;\nconst E = f();\n';
    expect(Object.fromEntries(cNumbers(c))).toEqual(expected);
    expect(Object.fromEntries(typescriptNumbers(ts, 'all'))).toEqual(expected);
    expect(typescriptNumbers(ts, 'exported').size).toBe(2);
    const enums = 'enum frame_kind { FRAME_A, /* why */ FRAME_B };\n';
    expect(Object.fromEntries(cEnums(enums, 'wire/frame'))).toEqual({ A: 0, B: 1 });
  });
});

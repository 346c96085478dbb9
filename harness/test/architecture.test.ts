/**
 * Who may know whom: runs the import rules (.dependency-cruiser.cjs) and the include rules (include-rules.ts) over the
 * repository, and over a planted one in which every rule is broken once. A rule that nothing can break is no rule.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import readOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import readTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CSource, includeViolations } from './include-rules.ts';
import { ROOT, readFile, repositoryFiles } from './repository-files.ts';

const ROOMS = ['servers-ts', 'servers-c', 'clients', 'harness', 'solutions'];
const tsConfig = readTsConfig(join(ROOT, 'tsconfig.json'));
const options: ICruiseOptions = await readOptions(join(ROOT, '.dependency-cruiser.cjs'));
const ruleNames = (options.ruleSet?.forbidden ?? []).map(({ name }) => name);

async function cruiseTree(root: string, rooms: readonly string[]): Promise<ICruiseResult> {
  const { output } = await cruise([...rooms], { ...options, baseDir: root }, options.enhancedResolveOptions, {
    tsConfig,
  });
  if (typeof output === 'string') throw new Error('expected a result, got a text');
  return output;
}

const violationsIn = ({ summary }: ICruiseResult) =>
  summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);

describe('the repository', () => {
  it('keeps the import rules, in every file of TypeScript', async () => {
    const result = await cruiseTree(ROOT, ROOMS);
    expect(violationsIn(result)).toEqual([]);
    // The way such a check goes blind: it looks at nothing, and finds nothing.
    const seen = new Set(result.modules.map(({ source }) => source));
    const missed = repositoryFiles(...ROOMS.map((room) => `${room}/*.ts`)).filter((path) => !seen.has(path));
    expect(missed).toEqual([]);
  });

  it('keeps the include rules, in every file of C', () => {
    const sources = repositoryFiles('*.c', '*.h').map((path) => ({ path, text: readFile(path) }));
    expect(sources.length).toBeGreaterThan(20);
    expect(includeViolations(sources)).toEqual([]);
  });
});

/** Files of a planted repository, each with the rules that it breaks. */
const PLANTED: Readonly<Record<string, readonly [text: string, ...rules: string[]]>> = {
  'servers-ts/wire/frame.ts': ["import 'node:net';", 'wire-imports-nothing'],
  'servers-ts/wire/cursor.ts': ["import '../net/log.ts';", 'wire-imports-nothing'],
  'servers-ts/wire/http.ts': [
    "import type { Option } from '../net/options.ts';\nexport type A = Option;",
    'wire-imports-nothing',
  ],
  'servers-ts/net/log.ts': ["import 'node:net';"],
  'servers-ts/net/options.ts': ['export type Option = string;'],
  'servers-ts/net/listener.ts': ["import '../wire/dns.ts';", 'net-knows-no-protocol'],
  'servers-ts/wire/dns.ts': ['export {};'],
  'servers-ts/framed.ts': ["import './net/log.ts';\nimport './wire/dns.ts';\nimport './framed/session.ts';"],
  'servers-ts/framed/session.ts': ["import '../net/log.ts';\nimport './flow.ts';"],
  'servers-ts/framed/flow.ts': ["import '../net/log/lines.ts';", 'programs-join-net-and-wire'],
  'servers-ts/framed/answer.ts': ["import 'node:net';", 'programs-join-net-and-wire'],
  'servers-ts/dns.ts': ["import './framed/session.ts';", 'programs-join-net-and-wire'],
  'servers-ts/net/log/lines.ts': ['export {};'],
  'servers-ts/tcp-echo.ts': ["import './framed.ts';", 'programs-join-net-and-wire'],
  'servers-ts/udp-echo.ts': ["import '../clients/framed.ts';", 'programs-join-net-and-wire'],
  'servers-ts/test/frame.test.ts': ["import '../../harness/process.ts';", 'tests-stay-in-their-room'],
  'servers-ts/test/good.test.ts': ["import '../net/log.ts';\nimport '../../harness/vectors/read.ts';"],
  'clients/framed.ts': ["import 'node:net';"],
  'clients/tcp-echo.ts': ["import '../servers-ts/net/log.ts';", 'clients-stand-alone'],
  'clients/cli.ts': ["import '../harness/process.ts';", 'clients-stand-alone'],
  'harness/process.ts': ["import '../clients/framed.ts';"],
  'harness/vectors/read.ts': ['export {};'],
  'harness/cli.ts': ["import '../servers-ts/wire/dns.ts';", 'harness-only-starts-servers'],
  'harness/run.ts': ["import './test/repository-files.ts';", 'nothing-imports-tests'],
  'harness/test/repository-files.ts': ['export {};'],
  'harness/bench/peers/naive.ts': ['export {};'],
  'harness/bench/plan.ts': ["import './peers/naive.ts';", 'peers-are-only-started'],
  'harness/bench/peers/pipe.ts': ["import '../../process.ts';", 'peers-stand-alone'],
  'harness/test/faulty/ts/base.ts': ["import '../../../process.ts';", 'faulty-servers-stand-alone'],
  'harness/test/faulty-sample.test.ts': ["import './faulty/ts/base.ts';", 'faulty-servers-are-only-started'],
  'harness/test/exercise.test.ts': [
    "import '../../exercises/first.ts';",
    'harness-only-starts-servers',
    'exercises-are-never-imported',
  ],
  'exercises/first.ts': ['export {};'],
  'solutions/given/ts/contract.ts': ["import 'node:net';"],
  'solutions/02-second/ts/server.ts': ["import '../../given/ts/contract.ts';\nimport './codec.ts';"],
  'solutions/02-second/ts/codec.ts': ["import '../../01-first/ts/server.ts';", 'solutions-stand-alone'],
  'solutions/01-first/ts/server.ts': ['export {};'],
  'harness/learn/run.ts': [
    "import '../../solutions/01-first/ts/server.ts';",
    'harness-only-starts-servers',
    'solutions-are-only-started',
  ],
  'harness/even.ts': ["import './odd.ts';", 'no-cycles'],
  'harness/odd.ts': ["import './even.ts';"], // A cycle is reported once.
  'harness/host.ts': ["import type { Guest } from './guest.ts';\nexport type Host = Guest[];"],
  'harness/guest.ts': ["import './host.ts';\nexport type Guest = string;"],
  'clients/lost.ts': ["import './nowhere.ts';", 'imports-resolve', 'clients-stand-alone'],
};

describe('the import rules', () => {
  let planted: string;

  beforeEach(() => {
    planted = mkdtempSync(join(tmpdir(), 'architecture-'));
    for (const [path, [text]] of Object.entries(PLANTED)) {
      mkdirSync(join(planted, dirname(path)), { recursive: true });
      writeFileSync(join(planted, path), `${text}\n`);
    }
  });

  afterEach(() => rmSync(planted, { recursive: true }));

  it('report every planted violation, and nothing else', async () => {
    const result = await cruiseTree(planted, [...ROOMS.filter((room) => room !== 'servers-c'), 'exercises']);
    const reported = result.summary.violations.map(({ rule, from }) => `${from}: ${rule.name}`);
    const expected = Object.entries(PLANTED).flatMap(([path, [, ...rules]]) =>
      rules.map((rule) => `${path}: ${rule}`),
    );
    expect(reported.toSorted()).toEqual(expected.toSorted());
  });

  it('are each planted against at least once', () => {
    const broken = new Set(Object.values(PLANTED).flatMap(([, ...rules]) => rules));
    expect([...broken].toSorted()).toEqual(ruleNames.toSorted());
  });
});

describe('the include rules', () => {
  const header = (path: string): CSource => ({ path, text: '' });
  const headers = [
    header('servers-c/net/log.h'),
    header('servers-c/net/log/lines.h'),
    header('servers-c/wire/frame.h'),
    header('servers-c/framed/session.h'),
    header('harness/bench/peers/contract.h'),
    header('exercises/first/first.h'),
    header('solutions/given/c/contract.h'),
    header('solutions/01-first/c/codec.h'),
  ];

  it.each([
    [
      'servers-c/wire/frame.c',
      '#include <sys/socket.h>',
      'wire-includes-nothing: servers-c/wire/frame.c -> sys/socket.h',
    ],
    [
      'servers-c/wire/frame.c',
      '#include <time.h>',
      'wire-includes-nothing: servers-c/wire/frame.c -> time.h',
    ],
    [
      'servers-c/wire/frame.c',
      '#include "../net/log.h"',
      'wire-includes-nothing: servers-c/wire/frame.c -> ../net/log.h',
    ],
    [
      'servers-c/net/log.c',
      '  #  include "wire/frame.h"',
      'net-knows-no-protocol: servers-c/net/log.c -> wire/frame.h',
    ],
    ['servers-c/net/log.c', '#include "frame.h"', 'net-knows-no-protocol: servers-c/net/log.c -> frame.h'],
    [
      'servers-c/framed.c',
      '#include "../harness/bench/peers/contract.h"',
      'programs-join-net-and-wire: servers-c/framed.c -> ../harness/bench/peers/contract.h',
    ],
    [
      'servers-c/framed.c',
      '#include "tcp-echo.c"',
      'programs-join-net-and-wire: servers-c/framed.c -> tcp-echo.c',
    ],
    [
      'servers-c/tcp-echo.c',
      '#include "framed/session.h"',
      'programs-join-net-and-wire: servers-c/tcp-echo.c -> framed/session.h',
    ],
    [
      'servers-c/framed/flow.c',
      '#include "net/log/lines.h"',
      'programs-join-net-and-wire: servers-c/framed/flow.c -> net/log/lines.h',
    ],
    [
      'servers-c/test/a.c',
      '#include "../../clients/a.h"',
      'tests-stay-in-their-room: servers-c/test/a.c -> ../../clients/a.h',
    ],
    [
      'clients/blocking.c',
      '#include "../servers-c/net/log.h"',
      'clients-stand-alone: clients/blocking.c -> ../servers-c/net/log.h',
    ],
    [
      'harness/native/load.c',
      '#include "../bench/peers/contract.h"',
      'native-stands-alone: harness/native/load.c -> ../bench/peers/contract.h',
    ],
    [
      'harness/bench/peers/a.c',
      '#include "../../../servers-c/net/log.h"',
      'peers-stand-alone: harness/bench/peers/a.c -> ../../../servers-c/net/log.h',
    ],
    [
      'harness/test/faulty/c/a.c',
      '#include "../../../../exercises/first/first.h"',
      'faulty-servers-stand-alone: harness/test/faulty/c/a.c -> ../../../../exercises/first/first.h',
    ],
    [
      'harness/test/a.c',
      '#include "../native/nowhere.h"',
      'harness-stands-alone: harness/test/a.c -> ../native/nowhere.h',
    ],
    [
      'solutions/02-second/c/server.c',
      '#include "../../01-first/c/codec.h"',
      'solutions-stand-alone: solutions/02-second/c/server.c -> ../../01-first/c/codec.h',
    ],
    ['stray.c', '#include <stdio.h>', 'every-file-has-a-room: stray.c'],
  ])('report %s with %s', (path, text, violation) => {
    const known = headers.filter((source) => !source.path.startsWith('exercises'));
    expect(includeViolations([{ path, text }, ...known])).toEqual([violation]);
  });

  it.each([
    ['servers-c/wire/frame.c', '#include "frame.h"\n#include <stdint.h>\n#include <string.h>'],
    ['servers-c/net/loop.c', '#include "log.h"\n#include <sys/epoll.h>'],
    ['servers-c/framed.c', '#include "net/log.h"\n#include "wire/frame.h"\n#include <stdio.h>'],
    ['servers-c/framed.c', '#include "framed/session.h"'],
    ['servers-c/framed/flow.c', '#include "session.h"\n#include "net/log.h"'],
    ['servers-c/net/log.c', '#include "log/lines.h"'],
    ['solutions/01-first/c/server.c', '#include "../../given/c/contract.h"\n#include "codec.h"'],
    ['servers-c/test/frame-test.c', '#include "../wire/frame.h"\n#include <sys/mman.h>'],
  ])('allow %s with %j', (path, text) => {
    const known = headers.filter((source) => !source.path.startsWith('exercises'));
    expect(includeViolations([{ path, text }, ...known])).toEqual([]);
  });
});

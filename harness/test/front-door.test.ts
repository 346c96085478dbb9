/**
 * The front door: the Makefile's list of targets, and the one line that tells what this machine lacks.
 *
 * Machines that lack something are made here: a PATH with links to the tools that they have, a Node that claims
 * another version. Nothing is installed or built.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT, readFile } from './repository-files.ts';

const PREFLIGHT = join(ROOT, 'harness', 'preflight.cjs');
const TOOLS = ['git', 'npm', 'make', 'python3', 'unshare', 'cc'];
const EXIT_CONFIGURATION = 78;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'front-door-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A PATH on which exactly these programs are found. */
function pathWith(programs: readonly string[]): string {
  const path = join(folder, 'bin');
  mkdirSync(path);
  for (const program of programs) {
    const found = execFileSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    symlinkSync(found, join(path, program));
  }
  return path;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

/** Runs the preflight in a Node that claims another version and, if given, another processor. */
function preflightOn(version: string, stage: 'bootstrap' | 'installed', arch = 'x64') {
  return runOn(version, arch, [PREFLIGHT, stage]);
}

function runOn(version: string, arch: string, words: readonly string[]) {
  const disguise = join(folder, 'disguise.cjs');
  const versions = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`;
  writeFileSync(disguise, `${versions}\nObject.defineProperty(process, 'arch', { value: '${arch}' });\n`);
  return run(process.execPath, ['--require', disguise, ...words], { PATH: process.env.PATH });
}

describe('make help', () => {
  const makefile = readFile('Makefile');
  const described = [...makefile.matchAll(/^([a-z-]+):.*## (.+)$/gm)];

  it('is what make does when nothing is asked for', () => {
    const env = { PATH: process.env.PATH };
    expect(run('make', [], env)).toEqual(run('make', ['help'], env));
  });

  it('lists every target that has a description, a line each', () => {
    const { status, stdout, stderr } = run('make', ['help'], { PATH: process.env.PATH });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const listed = stdout.split('\n').filter((line) => line.startsWith('  make '));
    expect(listed.map((line) => line.replace(/^ {2}make ([a-z-]+) +(.*)$/, '$1: $2'))).toEqual(
      described.map(([, target, text]) => `${target}: ${text}`),
    );
  });

  it.each([
    'learn',
    'bench',
    'test',
    'check',
    'progress',
    'reset',
    'serve',
    'client',
    'doctor',
    'readme',
    'sanitize',
    'mirror',
  ])('knows %s', (target) => {
    expect(described.map(([, name]) => name)).toContain(target);
  });

  it('lists only phony targets: a file of that name changes nothing', () => {
    const phony = new Set(
      [...makefile.matchAll(/^\.PHONY:(.*)$/gm)].flatMap(([, names = '']) => names.trim().split(' ')),
    );
    expect(described.map(([, target = '']) => target).filter((target) => !phony.has(target))).toEqual([]);
  });
});

describe('make client', () => {
  it('hands ARGS to the client', () => {
    // The packages are there, since this test runs: make must not look whether they should be installed anew.
    const args = ['-o', 'node_modules/.package-lock.json', 'client', 'P=framed', "ARGS=--port 0 echo 'a b'"];
    const { stderr } = run('make', args, { PATH: process.env.PATH });
    expect(stderr).toContain('client: --port must be a whole number from 1 to 65535, got "0"');
  });
});

describe('preflight', () => {
  it('says nothing on a machine that has everything', () => {
    const result = run(process.execPath, [PREFLIGHT, 'bootstrap'], { PATH: process.env.PATH });
    expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each(TOOLS)('names the missing %s and how to install it, in one line', (missing) => {
    const PATH = pathWith(TOOLS.filter((tool) => tool !== missing));
    const { status, stdout, stderr } = run(process.execPath, [PREFLIGHT, 'bootstrap'], { PATH });
    expect(stderr).toMatch(
      new RegExp(`^preflight: .*\`${missing}\` was not found.*apt-get install [^\\n]*\\n$`),
    );
    expect({ status, stdout }).toEqual({ status: EXIT_CONFIGURATION, stdout: '' });
  });

  it('tells a compiler without headers from no compiler', () => {
    const { status, stderr } = run(process.execPath, [PREFLIGHT, 'bootstrap'], {
      PATH: process.env.PATH,
      CC: 'false',
    });
    expect(stderr).toMatch(/^preflight: `false` cannot compile for Linux: .*libc6-dev\)\n$/);
    expect(status).toBe(EXIT_CONFIGURATION);
  });

  it('takes a compiler with arguments', () => {
    const env = { PATH: process.env.PATH, CC: 'cc -O2' };
    expect(run(process.execPath, [PREFLIGHT, 'bootstrap'], env).status).toBe(0);
  });

  it.each(['16.20.2', '8.0.0'])('refuses to bootstrap with Node %s', (version) => {
    const { status, stderr } = preflightOn(version, 'bootstrap');
    expect(stderr).toBe(`preflight: Node ${version} is too old to bootstrap: install Node 18 or newer\n`);
    expect(status).toBe(EXIT_CONFIGURATION);
  });

  it.each(['18.0.0', '20.20.2', '25.1.0'])(
    'bootstraps with Node %s, because the right one comes along',
    (version) => {
      expect(preflightOn(version, 'bootstrap').status).toBe(0);
    },
  );

  it.each(['18.0.0', '25.1.0'])('refuses Node %s on arm64, where none comes along', (version) => {
    const { status, stderr } = preflightOn(version, 'bootstrap', 'arm64');
    expect(stderr).toBe(`preflight: on arm64 install Node 24.15 or newer (not 25): this one is ${version}\n`);
    expect(status).toBe(EXIT_CONFIGURATION);
  });

  it.each(['20.20.2', '24.14.9', '25.9.0'])('refuses to run on Node %s', (version) => {
    const { status, stderr } = preflightOn(version, 'installed');
    expect(stderr).toMatch(
      new RegExp(`^preflight: Node ${version} runs here, but 24\\.15 or newer \\(not 25\\).*\\n$`),
    );
    expect(status).toBe(EXIT_CONFIGURATION);
  });

  it.each(['24.15.0', '24.21.0', '26.0.0'])('runs on Node %s', (version) => {
    expect(preflightOn(version, 'installed')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('is asked by `npx workshop` too, on whatever Node that found', () => {
    const { status, stderr } = runOn('20.20.2', 'x64', [join(ROOT, 'harness', 'workshop.cjs'), 'list']);
    expect(stderr).toMatch(/^preflight: Node 20\.20\.2 runs here, but 24\.15 or newer .*\n$/);
    expect(status).toBe(EXIT_CONFIGURATION);
  });

  it('is told by make before anything else, where there is no Node at all', () => {
    const PATH = pathWith(['make', 'sh']);
    const { stdout, stderr } = run(
      'make',
      ['--no-print-directory', '-C', folder, '-f', join(ROOT, 'Makefile'), 'preflight'],
      {
        PATH,
      },
    );
    expect(stderr).toMatch(/^preflight: `node` was not found: install Node 18 or newer.*\n/);
    expect(stdout).toBe('');
  });
});

/**
 * A copy of the servers' sources below build/mutate, in which one mutant at a time is planted, built and made ready to start. The sources
 * of the repository are never written to.
 *
 * C is built twice: as released and without debug information, to see whether the change reaches the program at all; and under
 * ASan and UBSan, to run it. Only what the changed file touches is compiled.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HarnessTrouble } from '../checks/run.ts';
import { COMPILE_CACHE_ENV, ROOT, SANITIZER_ENV, type ServerSpec, SUITES, type Suite } from '../servers.ts';
import { MIB } from '../units.ts';
import { type Language, type Mutant, planted } from './mutant.ts';
import { suitesImporting, TRIED_FIRST } from './sources.ts';

/** A mutant may allocate without end. Node with three workers needs more than 1 GiB of address space that counts. */
const MEMORY_LIMIT_BYTES = 2048 * MIB;
/** A compiler that loops on a mutant is a compiler's bug, but must not hang a run. */
const COMPILE_TIMEOUT_MS = 120_000;

/**
 * Warnings are off: a dropped use of a variable is no reason not to compile. The linker leaves out what a program does not call, so
 * that its bytes change only when the mutant is part of it.
 */
const FLAVOURS = {
  release: [
    'FLAVOUR=release',
    'WARNINGS=-w',
    'release_CFLAGS=-O2 -ffunction-sections -fdata-sections',
    'release_LDFLAGS=-Wl,--gc-sections',
  ],
  sanitize: ['FLAVOUR=sanitize', 'WARNINGS=-w'],
} as const;

/** The suites whose server the mutant changes, or why it is not counted. */
export type Planted = { suites: Suite[] } | { discarded: string };

export class Workbench {
  /** Has servers-ts/ and servers-c/ like the root of the repository. */
  readonly root: string;
  readonly #digests = new Map<Suite, string>();
  #replaced: { file: string; original: string } | undefined;

  /** @param root a folder; everything in it is replaced */
  constructor(root: string) {
    this.root = root;
  }

  /** Copies the sources, and builds those in C. */
  async prepare(languages: readonly Language[]): Promise<void> {
    this.remove();
    // Ctrl-C ends the process wherever it stands.
    process.once('exit', () => this.remove());
    for (const language of languages) {
      const room = `servers-${language}`;
      const isSource = (path: string): boolean => !path.startsWith(join(ROOT, room, 'test'));
      mkdirSync(this.root, { recursive: true });
      cpSync(join(ROOT, room), join(this.root, room), { recursive: true, filter: isSource });
    }
    if (!languages.includes('c')) return;
    for (const flavour of ['release', 'sanitize'] as const) {
      const error = await this.#make(flavour, SUITES);
      if (error !== undefined) throw new HarnessTrouble(`the servers in C do not compile: ${error}`);
    }
    for (const suite of SUITES) this.#digests.set(suite, this.#digest(suite));
  }

  /** The text of a file without any mutant. */
  original(file: string): string {
    return this.#replaced?.file === file
      ? this.#replaced.original
      : readFileSync(join(this.root, file), 'utf8');
  }

  /** Puts the mutant in the place of the original, and takes out the one before. */
  async plant(mutant: Mutant): Promise<Planted> {
    this.restore();
    const { file, language } = mutant;
    const original = this.original(file);
    this.#replaced = { file, original };
    writeFileSync(join(this.root, file), planted(original, mutant));
    return language === 'ts' ? { suites: suitesImporting(this.root, file) } : this.#build();
  }

  /** Takes out the mutant. */
  restore(): void {
    if (this.#replaced) writeFileSync(join(this.root, this.#replaced.file), this.#replaced.original);
    this.#replaced = undefined;
  }

  /** Removes the copies and what was built of them. */
  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** The server of one suite, as it stands on the bench, within limits. */
  server(suite: Suite, language: Language): ServerSpec {
    const name = `${suite}/${language}`;
    if (language === 'ts') {
      const file = join(this.root, 'servers-ts', `${suite}.ts`);
      return {
        name,
        protocol: suite,
        track: 'ts',
        argv: limited(process.execPath, file),
        env: COMPILE_CACHE_ENV,
      };
    }
    // The shadow memory of ASan is no allocation, but counts against a limit of the kernel.
    const memory = `mmap_limit_mb=${MEMORY_LIMIT_BYTES / MIB}`;
    const env = { ...SANITIZER_ENV, ASAN_OPTIONS: `${SANITIZER_ENV.ASAN_OPTIONS}:${memory}` };
    return { name, protocol: suite, track: 'c-sanitize', argv: [this.#program('sanitize', suite)], env };
  }

  async #build(): Promise<Planted> {
    const error = await this.#make('release', SUITES);
    if (error !== undefined) return { discarded: `does not compile: ${error}` };
    const suites = TRIED_FIRST.filter((suite) => this.#digest(suite) !== this.#digests.get(suite));
    if (suites.length === 0) return { discarded: 'the programs are the same, byte by byte' };
    const sanitizeError = await this.#make('sanitize', suites);
    return sanitizeError === undefined ? { suites } : { discarded: `does not compile: ${sanitizeError}` };
  }

  /** Undefined when it was built, else the compiler's first error. */
  async #make(flavour: keyof typeof FLAVOURS, suites: readonly Suite[]): Promise<string | undefined> {
    const targets = suites.map((suite) => this.#program(flavour, suite));
    const words = ['--no-print-directory', '-s', '-C', join(this.root, 'servers-c'), `BUILD=${this.root}`];
    try {
      await promisify(execFile)('make', [...words, ...FLAVOURS[flavour], ...targets], {
        timeout: COMPILE_TIMEOUT_MS,
        killSignal: 'SIGKILL',
      });
      return undefined;
    } catch (error) {
      const { stderr = '', message } = error as Error & { stderr?: string };
      return stderr.split('\n').find((line) => /error:|undefined reference/.test(line)) ?? message;
    }
  }

  #program(flavour: keyof typeof FLAVOURS, suite: Suite): string {
    return join(this.root, flavour, suite);
  }

  #digest(suite: Suite): string {
    return createHash('sha256')
      .update(readFileSync(this.#program('release', suite)))
      .digest('hex');
  }
}

/** A shell sets the limits and then becomes the program: the process id stays the same. */
function limited(program: string, file: string): ServerSpec['argv'] {
  const limits = `ulimit -c 0; ulimit -d ${MEMORY_LIMIT_BYTES / 1024}; exec "$@"`;
  return ['/bin/sh', '-c', limits, 'sh', program, file];
}

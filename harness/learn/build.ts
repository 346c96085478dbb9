/**
 * Makes the server of an exercise ready to start: type-checks TypeScript, compiles C. What the compilers say is handed on
 * as they say it.
 *
 * Starts no server. exercise.mk holds the flags of the C compiler, type-check.ts those of TypeScript.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { COMPILE_CACHE_ENV, ROOT, SANITIZER_ENV, type ServerSpec } from '../servers.ts';
import type { Exercise } from './exercise.ts';
import type { Language } from './strip.ts';
import { filesIn } from './stubs.ts';
import type { TypeQuestion } from './type-checker.ts';

/** Whose files: the learner's in exercises/, the solution's, or stubs that lint.ts has just stripped into build/stubs/. */
export type Author = 'learner' | 'solution' | 'stub';

export interface BuildOptions {
  /** The repository; tests give another. */
  root?: string;
  /** Default: the learner. */
  author?: Author;
  /** C only. Default: ASan and UBSan. */
  flavour?: 'sanitize' | 'release';
  /** Messages with colours, for a terminal. */
  color?: boolean;
  /** A type checker that is warm; default: one in this thread. */
  typeErrors?: (...question: TypeQuestion) => Promise<string>;
  /** Ends the C compiler; the build then has failed. */
  signal?: AbortSignal | undefined;
}

/** `messages` is what the compiler said, unchanged: warnings when it is ok (mostly none), else the errors. */
export type Build = { ok: true; spec: ServerSpec; messages: string } | { ok: false; messages: string };

const EXERCISE_MK = join(import.meta.dirname, 'exercise.mk');
const COMPILE_TIMEOUT_MS = 60_000;
const MOST_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Where the files of an author stand, from the root. */
const FOLDERS: Record<Author, string> = {
  learner: 'exercises',
  solution: 'solutions',
  stub: 'build/stubs',
};

/** Folder of an exercise's files, from the root: `exercises/02-half-close/c`. */
export function sourceFolder({ folder }: Exercise, language: Language, author: Author = 'learner'): string {
  return `${FOLDERS[author]}/${folder}/${language}`;
}

/** Never throws for what stands in the files; a file that is missing is an error like one of a compiler. */
export async function buildExercise(
  exercise: Exercise,
  language: Language,
  options: BuildOptions = {},
): Promise<Build> {
  const { root = ROOT, author = 'learner', flavour = 'sanitize', color = false, signal } = options;
  const folder = sourceFolder(exercise, language, author);
  const missing = missingFiles(root, exercise, language, folder);
  if (missing !== '') return { ok: false, messages: missing };
  if (language === 'ts') return buildTypeScript(exercise, root, author, color, options.typeErrors);
  return buildC(exercise, root, author, flavour, color, signal);
}

function missingFiles(root: string, exercise: Exercise, language: Language, folder: string): string {
  const names = exercise.files[language] ?? [];
  return names
    .map((name) => ({
      name,
      bytes: statSync(join(root, folder, name), { throwIfNoEntry: false })?.size ?? -1,
    }))
    .filter(({ bytes }) => bytes <= 0)
    .map(
      ({ name, bytes }) =>
        `${folder}/${name} is ${bytes < 0 ? 'missing' : 'empty'}: bring it back, or begin anew with \`make reset EX=${exercise.id} TRACK=${language}\``,
    )
    .join('\n');
}

async function buildTypeScript(
  exercise: Exercise,
  root: string,
  author: Author,
  color: boolean,
  typeErrors: BuildOptions['typeErrors'],
): Promise<Build> {
  // Loaded only where it is needed: the compiler takes half a second.
  const check = typeErrors ?? (await import('./type-check.ts')).typeErrors;
  const folder = sourceFolder(exercise, 'ts', author);
  const files = filesIn(root, folder).filter((name) => name.endsWith('.ts'));
  const messages = await check(
    root,
    files.map((name) => join(root, folder, name)),
    color,
  );
  if (messages !== '') return { ok: false, messages };
  return { ok: true, messages, spec: typeScriptServer(exercise, root, author) };
}

/** What a build in TypeScript gives: Node runs the file as it is, whatever the compiler will say of its types. */
export function typeScriptServer(exercise: Exercise, root: string, author: Author = 'learner'): ServerSpec {
  const argv = [process.execPath, join(root, sourceFolder(exercise, 'ts', author), 'server.ts')] as const;
  return { ...serverFacts(exercise, 'ts', author), track: 'ts', argv, env: COMPILE_CACHE_ENV };
}

async function buildC(
  exercise: Exercise,
  root: string,
  author: Author,
  flavour: 'sanitize' | 'release',
  color: boolean,
  signal: AbortSignal | undefined,
): Promise<Build> {
  const source = sourceFolder(exercise, 'c', author);
  const { CC: compiler = 'cc' } = process.env;
  const out = `build/learn/${exercise.folder}/${author}-${flavour}-${compiler.replaceAll(/[^\w.+-]+/g, '-')}`;
  const words = [`CC=${compiler}`, `SOURCE=${source}`, `OUT=${out}`, `FLAVOUR=${flavour}`];
  mkdirSync(join(root, out), { recursive: true });
  const { code, messages } = await make(
    [...words, ...strictness(author), ...(color ? ['COLOR=always'] : [])],
    root,
    signal,
  );
  if (code !== 0) return { ok: false, messages };
  const sanitized = flavour === 'sanitize';
  const spec: ServerSpec = {
    ...serverFacts(exercise, 'c', author),
    track: sanitized ? 'c-sanitize' : 'c',
    argv: [join(root, out, 'server')],
    ...(sanitized ? { env: SANITIZER_ENV } : {}),
  };
  return { ok: true, messages, spec };
}

/** What the authors write has no warning; a stub, and what is made of it, may have names that are not used yet. */
function strictness(author: Author): string[] {
  return [...(author === 'learner' ? [] : ['STRICT=1']), ...(author === 'solution' ? [] : ['UNFINISHED=1'])];
}

function make(
  words: readonly string[],
  root: string,
  signal: AbortSignal | undefined,
): Promise<{ code: number; messages: string }> {
  const args = ['-s', '-f', relative(root, EXERCISE_MK), ...words];
  // The flags of a make that called the harness are not meant for this one.
  const env = { ...process.env, MAKEFLAGS: '' };
  const limits = { cwd: root, env, timeout: COMPILE_TIMEOUT_MS, maxBuffer: MOST_MESSAGE_BYTES };
  return new Promise((resolve) => {
    execFile('make', args, { ...limits, ...(signal ? { signal } : {}) }, (error, stdout, stderr) => {
      const messages = withoutMake(stdout + stderr);
      if (!error) resolve({ code: 0, messages });
      else resolve({ code: 1, messages: messages || `make -f exercise.mk: ${error.message}` });
    });
  });
}

/** That make has failed too is no news. */
function withoutMake(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^make(\[\d+\])?: \*\*\*/.test(line))
    .join('\n')
    .trimEnd();
}

function serverFacts(
  { id, suite }: Exercise,
  language: Language,
  author: Author,
): Pick<ServerSpec, 'name' | 'protocol' | 'replay'> {
  const whose = author === 'learner' ? '' : ` (${author})`;
  const replay = `EX=${id} TRACK=${language}${author === 'solution' ? ' SOLUTION=1' : ''}`;
  return { name: `${id}/${language}${whose}`, protocol: suite, replay };
}

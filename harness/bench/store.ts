/**
 * Runs on disk: each is saved under results/, and any can be read again. Documents are checked against the schema on their way in.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { ROOT } from '../servers.ts';
import { type BenchRun, benchRun, SCHEMA_NAME, SCHEMA_VERSION } from './schema.ts';

export const RESULTS = join(ROOT, 'results');

/** Saves a run under its time and commit. Resolves to the path as one would type it. @throws Refusal when that fails */
export function saveRun(run: BenchRun, folder: string): string {
  const time = run.startedAt.replace(/[:.]/g, '-').replace(/-\d{3}Z$/, '');
  const file = join(
    folder,
    `bench-${time}-${run.environment.commit}${run.environment.dirty ? '-dirty' : ''}.json`,
  );
  writeRun(run, file);
  return relative(process.cwd(), file);
}

/** Writes a run to a file, or to stdout for `-`. @throws Refusal when that fails */
export function writeRun(run: BenchRun, file: string): void {
  const text = `${JSON.stringify(run, null, 2)}\n`;
  if (file === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new Refusal(`cannot write ${file}: ${(error as Error).message}`, ExitCode.cannotCreate);
  }
}

/** Reads a saved run. @throws Refusal: there is no such file, or it is no run of this version */
export function readRun(file: string): BenchRun {
  const parsed = benchRun.safeParse(parseJson(file, textOf(file)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the document';
  throw new Refusal(
    `${file} is not a saved run (schema ${SCHEMA_NAME}, version ${SCHEMA_VERSION}): ${where}: ${issue?.message}`,
    ExitCode.badData,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Refusal(`cannot read ${file}: ${(error as Error).message}`, ExitCode.noInput);
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(`${file} is not JSON: ${(error as Error).message}`, ExitCode.badData);
  }
}

/**
 * Results of a long run, appended one JSON line at a time, and read again when the run goes on after an interruption.
 *
 * Every line is checked against a schema on its way in. What the lines mean, and which of them belong to the run that goes on, the
 * caller says; revision.ts tells one state of the sources from another.
 */
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { z } from 'zod';
import { ExitCode, Refusal } from './exit-codes.ts';

const NEWLINE = 0x0a;

export class AppendLog<Entry> {
  /** Path as one would type it. */
  readonly name: string;
  readonly #file: string;
  readonly #entries: Entry[];

  /**
   * Reads what is there; with `fresh`, removes it. A last line without a line end is what a crash cut off: it is removed.
   * @throws {Refusal} when a line is not what the schema says, or the file cannot be read
   */
  constructor(file: string, schema: z.ZodType<Entry>, { fresh = false } = {}) {
    this.#file = file;
    this.name = relative(process.cwd(), file);
    if (fresh) rmSync(file, { force: true });
    this.#entries = this.#completeLines().map((line, index) => this.#parse(line, index + 1, schema));
  }

  /** All entries, those of earlier runs first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Adds one entry; it is in the file when this returns. @throws {Refusal} when that fails */
  append(entry: Entry): void {
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      // One write at the end of the file: whoever else appends to it cannot get in between.
      appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
    } catch (error) {
      throw new Refusal(`cannot write ${this.name}: ${(error as Error).message}`, ExitCode.cannotCreate);
    }
    this.#entries.push(entry);
  }

  #completeLines(): string[] {
    const bytes = this.#read();
    const length = bytes.lastIndexOf(NEWLINE) + 1;
    if (length < bytes.length) truncateSync(this.#file, length);
    return bytes.toString('utf8', 0, length).split('\n').slice(0, -1);
  }

  #read(): Buffer {
    try {
      return readFileSync(this.#file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw new Refusal(`cannot read ${this.name}: ${(error as Error).message}`, ExitCode.noInput);
    }
  }

  #parse(line: string, number: number, schema: z.ZodType<Entry>): Entry {
    const parsed = schema.safeParse(jsonOf(line));
    if (parsed.success) return parsed.data;
    const what = parsed.error.issues[0]?.message ?? 'not what was expected';
    throw new Refusal(
      `${this.name}, line ${number}: ${what}; begin anew with FRESH=1, or repair the line`,
      ExitCode.badData,
    );
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

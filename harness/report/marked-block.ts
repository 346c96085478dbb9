/**
 * Blocks of a document that a command writes: between `<!-- NAME:begin -->` and `<!-- NAME:end -->`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { relative } from 'node:path';
import { ExitCode, Refusal } from '../exit-codes.ts';

/** The text with what stands between the marks of `name` replaced; undefined when it has no such marks. Pure. */
export function withBlock(text: string, name: string, content: string): string | undefined {
  const [begin, end] = [`<!-- ${name}:begin -->\n`, `<!-- ${name}:end -->`];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end, from);
  if (from < begin.length || to === -1) return undefined;
  return `${text.slice(0, from)}${content}\n${text.slice(to)}`;
}

/** Replaces the block in a file. @throws {Refusal} when the file has no such block */
export function writeBlock(file: string, name: string, content: string): void {
  const text = withBlock(readFileSync(file, 'utf8'), name, content);
  if (text === undefined)
    throw new Refusal(`${relative(process.cwd(), file)} has no block ${name}:begin`, ExitCode.badData);
  writeFileSync(file, text);
}

/** Date and machine, for under a figure. */
export function machineStamp(at = new Date()): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() || 'unknown processor';
  return `${at.toISOString().slice(0, 10)}, ${processors.length} x ${model}, ${arch()}, Linux ${release()}, Node ${process.versions.node}`;
}

/**
 * `readme`: runs the commands that README.md, or another document, shows and replaces their marked blocks with what they
 * really printed.
 *
 * A block begins with `<!-- run: COMMAND -->` and ends with `<!-- end -->`; behind the command may stand `(last N lines)` or
 * `(exit N)`, where a command is shown that fails. Under it stand date, commit and machine. Nothing is edited when a command ends in
 * another way than it should: a README shows what works.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { MIB } from '../units.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const README = join(ROOT, 'README.md');
const BLOCK = /<!-- run: (.+?)(?: \(last (\d+) lines\))?(?: \(exit (\d+)\))? -->\n[\s\S]*?<!-- end -->/g;
const LARGEST_OUTPUT_BYTES = 16 * MIB;

/** Replaces every marked block of `text` by what `run` gives for its command, given how it must exit. Pure but for `run`. */
export function refresh(
  text: string,
  run: (command: string, exitCode: number) => string,
  stamp: string,
): string {
  return text.replace(BLOCK, (block: string, command: string, last?: string, exitCode = '0') => {
    const marker = block.slice(0, block.indexOf('\n'));
    const lines = stripVTControlCharacters(run(command, Number(exitCode)))
      .trimEnd()
      .split('\n');
    const shown = last === undefined ? lines : lines.slice(-Number(last));
    const trimmed = shown.map((line) => line.trimEnd()).join('\n');
    return `${marker}\n\`\`\`text\n$ ${command}\n${trimmed}\n\`\`\`\n\n${stamp}\n<!-- end -->`;
  });
}

function machineStamp(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const date = new Date().toISOString().slice(0, 10);
  return `*${date}, commit ${commit}, ${processors.length} x ${model}, ${arch()}, Linux ${release()}, Node ${process.versions.node}*`;
}

function runCommand(command: string, exitCode: number): string {
  process.stderr.write(`readme: running \`${command}\`\n`);
  const result = spawnSync('sh', ['-c', command], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', MAKEFLAGS: '', MAKELEVEL: '' },
    maxBuffer: LARGEST_OUTPUT_BYTES,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (result.status !== exitCode)
    throw new Error(`\`${command}\` exited ${result.status ?? result.signal}: nothing was changed`);
  return result.stdout;
}

/** Runs every command first, so that a failure leaves the document as it was. */
export function updateReadme(document = README): void {
  writeFileSync(document, refresh(readFileSync(document, 'utf8'), runCommand, machineStamp()));
}

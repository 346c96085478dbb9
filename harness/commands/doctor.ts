/**
 * `doctor`: what this machine can and cannot judge, and why. machine.ts finds it out.
 */
import { styleText } from 'node:util';
import { Command } from 'commander';
import { examine, type Finding } from '../machine.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what this machine can and cannot judge, and why')
    .option('--json', 'print one JSON document instead of text')
    .action(doctor);
}

async function doctor({ json }: { json?: true }): Promise<void> {
  const findings = await examine();
  const text = json
    ? JSON.stringify({ schema: 'doctor', version: 1, findings }, null, 2)
    : `${findings.map(line).join('\n')}\n\n${conclusion(findings)}`;
  process.stdout.write(`${text}\n`);
}

function line({ name, able, detail, otherwise }: Finding): string {
  const mark = able ? styleText('green', 'yes') : styleText('yellow', 'no ');
  return `${mark}  ${name}: ${detail}${able || otherwise === '' ? '' : `\n     without it: ${otherwise}`}`;
}

function conclusion(findings: readonly Finding[]): string {
  const missing = findings.filter(({ able }) => !able);
  if (missing.length === 0) return 'This machine can judge and measure everything.';
  return `Missing: ${missing.map(({ name }) => name).join(', ')}. Everything else works.`;
}

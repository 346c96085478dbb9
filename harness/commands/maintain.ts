/**
 * `mirror`, `readme` and `catalogue`: commands for maintainers, whose work stands elsewhere.
 */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { catalogue } from '../checks/catalogue.ts';
import { Refusal } from '../exit-codes.ts';
import { CATALOGUE_PAGE, cataloguePage } from '../report/catalogue-page.ts';
import { mirror } from './mirror.ts';
import { updateReadme } from './readme.ts';

const DEFAULT_COLUMNS = 160;

export function maintainerCommands(): Command[] {
  return [
    new Command('mirror')
      .description('print the TypeScript and the C side of one concept side by side')
      .argument('<name>', 'framed, net/connection, connection ...')
      .action((name: string) => {
        const text = mirror(name, process.stdout.columns ?? DEFAULT_COLUMNS);
        if (text === undefined) throw new Refusal(`no concept ${name} stands in both languages`);
        process.stdout.write(`${text}\n`);
      }),
    new Command('readme')
      .description('run the commands that a document shows, and replace its marked blocks')
      .argument('[document]', 'README.md, docs/fuzzing.md ... (default: README.md)')
      .action((document?: string) => updateReadme(document)),
    new Command('catalogue')
      .description('write docs/checks.md from the checks themselves')
      .action(() => writeFileSync(CATALOGUE_PAGE, cataloguePage(catalogue))),
  ];
}

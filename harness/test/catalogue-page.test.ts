/**
 * The catalogue page says what the checks say: `make catalogue` writes it.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../checks/catalogue.ts';
import { CATALOGUE_PAGE, cataloguePage } from '../report/catalogue-page.ts';
import { wrapped } from '../report/explain.ts';

describe('the catalogue page', () => {
  it('is fresh (if not: make catalogue)', () => {
    expect(readFileSync(CATALOGUE_PAGE, 'utf8')).toBe(cataloguePage(catalogue));
  });

  it('has one entry for each check', () => {
    const headings = cataloguePage(catalogue).match(/^### .*$/gm) ?? [];
    expect([...headings].sort()).toEqual(catalogue.map(({ id }) => `### ${id}`).sort());
  });

  it('links a rule to the document that states it', () => {
    const [check] = catalogue.filter(({ id }) => id === 'udp.echo');
    if (!check) throw new Error('udp.echo is a check');
    const page = cataloguePage([check]);
    expect(page).toContain('[RFC 862](https://www.rfc-editor.org/rfc/rfc862)');
    expect(page).toContain('[contract.md section 10](contract.md)');
  });
});

describe('a wrapped paragraph', () => {
  it('keeps its words, in lines of at most 120 characters', () => {
    const words = Array.from({ length: 200 }, (_, i) => 'x'.repeat((i % 17) + 1));
    const text = wrapped(words.join(' '));
    expect(text.split(/[ \n]/)).toEqual(words);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });
});

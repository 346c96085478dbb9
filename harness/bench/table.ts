/**
 * Tables: one definition of columns, written for a terminal or as Markdown.
 */

export interface Column<Row> {
  title: string;
  align?: 'left' | 'right';
  cell: (row: Row) => string;
}

const GAP = '  ';

/** Aligned columns, a rule under the titles; no trailing spaces. */
export function terminalTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => line[i]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => {
        const width = widths[i] ?? 0;
        return columns[i]?.align === 'right' ? text.padStart(width) : text.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  const titles = line(columns.map((column) => column.title));
  const rule = widths.map((width) => '-'.repeat(width)).join(GAP);
  return [titles, rule, ...cells.map(line)].join('\n');
}

/** A Markdown table; pipes in cells are escaped. */
export function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map((column) => (column.align === 'right' ? '---:' : '---'));
  return [
    line(columns.map((column) => column.title)),
    line(rule),
    ...rows.map((row) => line(columns.map((column) => column.cell(row)))),
  ].join('\n');
}

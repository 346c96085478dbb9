/**
 * Draws mutants and tries them until as many as were asked for have a verdict. What does not compile, or changes no program, is not
 * counted, and the next one is drawn instead.
 */
import { z } from 'zod';
import { HarnessTrouble } from '../checks/run.ts';
import { SUITES } from '../servers.ts';
import { changeOf, LANGUAGES, type Language, type Mutant, OPERATORS } from './mutant.ts';
import { allMutants, spread } from './sources.ts';
import { tryMutant, type Verdict } from './trial.ts';
import { Workbench } from './workbench.ts';

/** One line of the results file. */
export const mutantEntry = z.object({
  revision: z.string(),
  at: z.iso.datetime(),
  language: z.enum(LANGUAGES),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  operator: z.enum(OPERATORS),
  before: z.string(),
  after: z.string(),
  outcome: z.enum(['killed', 'survived', 'discarded', 'trouble']),
  /** The check that failed first, what it saw, and the server that failed it. */
  by: z.string().optional(),
  saw: z.string().optional(),
  server: z.string().optional(),
  /** Why it was discarded, or what the trouble was. */
  why: z.string().optional(),
  durationMs: z.number(),
});

export type MutantEntry = z.infer<typeof mutantEntry>;

export interface MutatePlan {
  revision: string;
  languages: readonly Language[];
  /** Mutants with a verdict, of each language. */
  wanted: number;
  seed: number;
  /** For tests: instead of the whole quick tier. */
  onlyChecks?: readonly string[];
}

/** The same mutant of the same sources. */
function isEntryOf(entry: MutantEntry, mutant: Mutant, text: string): boolean {
  const { line, column, after } = changeOf(text, mutant);
  return (
    entry.file === mutant.file && entry.line === line && entry.column === column && entry.after === after
  );
}

/** Called with every mutant that was drawn; `isNew` is false for one whose verdict was known. */
type OnEntry = (entry: MutantEntry, isNew: boolean) => void;

/** What stays the same from one mutant to the next. */
interface Session {
  plan: MutatePlan;
  bench: Workbench;
  known: readonly MutantEntry[];
  /** Languages whose originals have passed. */
  proved: Set<Language>;
  onEntry: OnEntry;
}

/**
 * One mutant at a time: it shares two cores with what checks it.
 * @param folder for the copies; removed at the end
 * @param known verdicts of earlier runs
 */
export async function runMutants(
  plan: MutatePlan,
  folder: string,
  known: readonly MutantEntry[],
  onEntry: OnEntry,
): Promise<void> {
  const bench = new Workbench(folder);
  try {
    await bench.prepare(plan.languages);
    const draws = plan.languages.map((language) =>
      spread(allMutants(bench.root, language), plan.seed).values(),
    );
    // In turn: an interrupted run has tried all languages.
    const session = { plan, bench, known, proved: new Set<Language>(), onEntry };
    for (let judged = 0; judged < plan.wanted; judged++)
      for (const drawn of draws) await tryNext(drawn, session);
  } finally {
    bench.remove();
  }
}

/** Draws until one has a verdict, or none is left. Leaving the loop does not end the drawing: iterators of arrays go on. */
async function tryNext(drawn: Iterable<Mutant>, session: Session): Promise<void> {
  for (const mutant of drawn) {
    const before = knownVerdict(mutant, session);
    const entry = before ?? (await tryOut(mutant, session));
    session.onEntry(entry, before === undefined);
    if (entry.outcome !== 'discarded') return;
  }
}

function knownVerdict(mutant: Mutant, { bench, plan, known }: Session): MutantEntry | undefined {
  const text = bench.original(mutant.file);
  return known.find((entry) => entry.revision === plan.revision && isEntryOf(entry, mutant, text));
}

async function tryOut(mutant: Mutant, { bench, plan, proved }: Session): Promise<MutantEntry> {
  const { language, file, operator } = mutant;
  if (!proved.has(language)) await proveOriginals(bench, plan, language);
  proved.add(language);
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const change = changeOf(bench.original(file), mutant);
  const verdict = await judge(mutant, bench, plan);
  const durationMs = Math.round(performance.now() - startedAt);
  return { revision: plan.revision, at, language, file, ...change, operator, ...verdict, durationMs };
}

/** A check that fails for the original would kill every mutant. Only before the first mutant of a language is planted. */
async function proveOriginals(bench: Workbench, plan: MutatePlan, language: Language): Promise<void> {
  const servers = SUITES.map((suite) => bench.server(suite, language));
  const verdict = await tryMutant(servers, plan.seed, plan.onlyChecks);
  if (verdict.outcome === 'killed')
    throw new HarnessTrouble(
      `${verdict.server} fails ${verdict.by} without any mutant (${verdict.saw}): repair that first`,
    );
  if (verdict.outcome === 'trouble') throw new HarnessTrouble(verdict.why);
}

async function judge(
  mutant: Mutant,
  bench: Workbench,
  plan: MutatePlan,
): Promise<Verdict | { outcome: 'discarded'; why: string }> {
  const planted = await bench.plant(mutant);
  if ('discarded' in planted) return { outcome: 'discarded', why: planted.discarded };
  const servers = planted.suites.map((suite) => bench.server(suite, mutant.language));
  return tryMutant(servers, plan.seed, plan.onlyChecks);
}

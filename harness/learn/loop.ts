/**
 * The watch loop: keys, saves and verdicts go in as events, loop-state.ts says what follows, and that is done here.
 *
 * One attempt runs at a time. The next one begins when the one before has ended with all that it had started.
 */
import { availableParallelism, loadavg } from 'node:os';
import { ArenaReserve } from '../arena.ts';
import { type AttemptOptions, attemptAll, attemptExercise } from './attempt.ts';
import { sourceFolder } from './build.ts';
import type { Exercise } from './exercise.ts';
import { current, type Effect, firstState, type LoopEvent, type LoopState, step } from './loop-state.ts';
import type { LoopTerminal } from './loop-terminal.ts';
import { forgetPassed, markPassed, readProgress } from './progress.ts';
import { planReset, reset } from './reset.ts';
import { savedDeadlineMs } from './run.ts';
import { solutionDiff } from './solution-diff.ts';
import type { Language } from './strip.ts';
import { TypeChecker } from './type-checker.ts';
import { Watcher } from './watcher.ts';

export interface LoopOptions {
  root: string;
  exercises: readonly Exercise[];
  language: Language;
  /** Where to begin; default: at the first that is not passed. */
  exercise?: Exercise | undefined;
  /** Look at the files only; do without file events. */
  poll: boolean;
  terminal: LoopTerminal;
  randomSeed: () => number;
  signal: AbortSignal;
}

/** How long quitting waits for an attempt to end; what is left then ends with the process. */
const QUIT_TIMEOUT_MS = 1500;

/** Runs until the learner quits. @returns whether that was by Ctrl-C */
export async function learnLoop(options: LoopOptions): Promise<boolean> {
  const loop = new Loop(options);
  try {
    return await loop.run();
  } finally {
    await loop.end();
  }
}

class Loop {
  readonly #options: LoopOptions;
  readonly #checker: TypeChecker | undefined;
  readonly #reserve = new ArenaReserve();
  readonly #quit = Promise.withResolvers<boolean>();
  #state: LoopState;
  #watcher: Watcher | undefined;
  /** Ends the attempt under way. */
  #attempt = new AbortController();
  /** Resolves when the last attempt has ended. */
  #ended: Promise<void> = Promise.resolve();

  constructor(options: LoopOptions) {
    const { root, exercises, language, exercise, signal } = options;
    this.#options = options;
    this.#checker = language === 'ts' ? new TypeChecker() : undefined;
    const warnings: string[] = [];
    const progress = readProgress(root, (line) => warnings.push(line));
    const isNext = ({ id, languages }: Exercise): boolean =>
      languages.includes(language) && !progress.passed[id]?.[language];
    const at = exercise ? exercises.indexOf(exercise) : exercises.findIndex(isNext);
    this.#state = firstState(exercises, language, Math.max(at, 0), progress);
    signal.addEventListener('abort', () => this.#quit.resolve(true));
    if (warnings.length > 0) this.#tell({ kind: 'notice', notice: warnings.join('\n') });
  }

  async run(): Promise<boolean> {
    const { terminal } = this.#options;
    terminal.open({
      onKey: (key) => this.#tell({ kind: 'key', key }),
      onResize: () => terminal.draw(this.#state),
      onEnd: () => this.#quit.resolve(false),
    });
    this.#watch();
    this.#tell({ kind: 'saved' });
    return this.#quit.promise;
  }

  async end(): Promise<void> {
    this.#watcher?.close();
    this.#attempt.abort();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, QUIT_TIMEOUT_MS);
    });
    await Promise.race([Promise.all([this.#ended, this.#reserve.close()]), late]);
    clearTimeout(timer);
    this.#options.terminal.close();
  }

  #tell(event: LoopEvent): void {
    const [next, effects] = step(this.#state, event);
    this.#state = next;
    this.#options.terminal.draw(next);
    for (const effect of effects) this.#carryOut(effect);
  }

  /** Whatever goes wrong here is told, and the loop goes on. */
  #carryOut(effect: Effect): void {
    try {
      this.#perform(effect);
    } catch (error) {
      this.#notice((error as Error).message);
    }
  }

  #perform(effect: Effect): void {
    if (effect.kind === 'attempt')
      this.#begin(effect.attempt, (run) => attemptExercise(effect.exercise, run));
    else if (effect.kind === 'run all')
      this.#begin(effect.attempt, (run) => attemptAll(run, (passed) => this.#mark(passed)));
    else if (effect.kind === 'watch') this.#watch();
    else if (effect.kind === 'mark') this.#mark(effect.exercise);
    else if (effect.kind === 'reset') this.#reset(effect.exercise);
    else if (effect.kind === 'solution') this.#showSolution(effect.exercise);
    else this.#quit.resolve(effect.interrupted);
  }

  #begin(attempt: number, work: (options: AttemptOptions) => Promise<void>): void {
    this.#attempt.abort();
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    const { root, exercises, language, randomSeed, terminal } = this.#options;
    const tell = (event: LoopEvent): void => {
      if (!signal.aborted) this.#tell(event);
    };
    const typeErrors: AttemptOptions['typeErrors'] = (...question) =>
      (this.#checker ?? new TypeChecker()).typeErrors(...question);
    const seed = randomSeed();
    const { color } = terminal;
    const [load = 0] = loadavg();
    const deadlineMs = savedDeadlineMs(load / availableParallelism());
    const settings = { root, exercises, language, attempt, seed, deadlineMs, color };
    const options = { ...settings, typeErrors, reserve: this.#reserve, tell, signal };
    this.#reserve.fill();
    this.#ended = this.#ended
      .then(() => (signal.aborted ? undefined : work(options)))
      .catch((error: Error) => tell({ kind: 'ended', attempt, report: error.message, passed: false }))
      // For the next save: nobody waits now.
      .then(() => this.#reserve.fill());
  }

  #watch(): void {
    const { root, language, poll } = this.#options;
    this.#watcher?.close();
    const folder = sourceFolder(current(this.#state), language);
    this.#watcher = new Watcher({ root, folder, poll, onChange: () => this.#tell({ kind: 'saved' }) });
  }

  #mark(exercise: Exercise): void {
    const { root, language } = this.#options;
    markPassed(root, exercise, language, (line) => this.#notice(line));
    this.#readProgress();
  }

  #readProgress(): void {
    const progress = readProgress(this.#options.root, (line) => this.#notice(line));
    this.#tell({ kind: 'progress', progress });
  }

  #reset(exercise: Exercise): void {
    const { root, language } = this.#options;
    const plan = planReset(root, exercise, language);
    const backup = reset(root, plan);
    forgetPassed(root, exercise, language, (line) => this.#notice(line));
    this.#readProgress();
    const stub = plan.restored.length > 0 ? 'the stub is back' : 'it is the stub already';
    this.#tell({ kind: 'was reset', notice: backup ? `${stub}; your version is kept in ${backup}/` : stub });
  }

  #showSolution(exercise: Exercise): void {
    const { root, language, terminal } = this.#options;
    solutionDiff(root, exercise, language, terminal.color).then(
      (text) => this.#tell({ kind: 'text', text }),
      (error: Error) => this.#notice(error.message),
    );
  }

  #notice(notice: string): void {
    this.#tell({ kind: 'notice', notice });
  }
}

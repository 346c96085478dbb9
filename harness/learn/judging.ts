/**
 * The checks of one attempt, which may begin before it is known whether the attempt builds: what they find is held back until then.
 *
 * Node runs TypeScript whatever the compiler says of its types, so that nobody has to wait for both, one after the other.
 */
import { failureText } from '../report/failure.ts';
import type { ServerSpec } from '../servers.ts';
import type { AttemptOptions } from './attempt.ts';
import { cumulativeChecks, type Exercise } from './exercise.ts';
import type { LoopEvent } from './loop-state.ts';
import { type Outcome, runCumulative } from './run.ts';

export class Judging {
  readonly #exercise: Exercise;
  readonly #options: AttemptOptions;
  readonly #needless = new AbortController();
  #run: Promise<Outcome> | undefined;
  /** Undefined when nothing is held back any more. */
  #held: LoopEvent[] | undefined = [];

  constructor(exercise: Exercise, options: AttemptOptions) {
    this.#exercise = exercise;
    this.#options = options;
  }

  /** Begins, unless it has begun. @param warnings of the compiler, which go before what is told */
  begin(spec: ServerSpec, warnings = ''): void {
    this.#run ??= this.#judge(spec, warnings);
    // Told by told(), or of no interest.
    this.#run.catch(() => {});
  }

  /** The attempt builds: tells what was held back, and resolves when all was judged. @throws {HarnessTrouble} */
  told(spec: ServerSpec, warnings: string): Promise<Outcome> {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#options.tell(event);
    this.begin(spec, warnings);
    return this.#run as Promise<Outcome>;
  }

  /** Resolves when nothing of it runs any more, also in the middle. */
  async end(): Promise<void> {
    this.#needless.abort();
    await this.#run?.catch(() => {});
  }

  #judge(spec: ServerSpec, warnings: string): Promise<Outcome> {
    const { exercises, attempt, seed, deadlineMs, reserve, signal } = this.#options;
    const facts = { seed, tier: 'quick' } as const;
    return runCumulative({
      ...{ ...facts, spec, deadlineMs, reserve, checks: cumulativeChecks(exercises, this.#exercise) },
      signal: AbortSignal.any([signal, this.#needless.signal]),
      onResult: () => this.#tell({ kind: 'checked', attempt }),
      onFirstFailure: (result) =>
        this.#tell({
          kind: 'reported',
          attempt,
          report: below(warnings, failureText(result, spec, facts)),
        }),
    });
  }

  #tell(event: LoopEvent): void {
    if (this.#held) this.#held.push(event);
    else this.#options.tell(event);
  }
}

/** A text below the warnings of the compiler, if there are any. */
export function below(warnings: string, text: string): string {
  return [warnings, text].filter(Boolean).join('\n\n');
}

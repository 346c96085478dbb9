/**
 * How a run shows that it is alive: one line that is rewritten on a terminal, plain lines elsewhere. All of it on stderr.
 */
import type { Progress } from '../native/load.ts';
import type { Plan } from './plan.ts';
import type { Observer } from './rounds.ts';
import { describe, type Step } from './step.ts';

/** The part of a stream that is used here. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[2K';
const NARROWEST = 40;

export class Status implements Observer {
  readonly #plan: Plan;
  readonly #stream: Terminal;
  readonly #live: boolean;
  #index = 0;
  #stepStartedAt = performance.now();
  #last: { messages: number; at: number } | undefined;
  #drawn = false;

  constructor(plan: Plan, stream: Terminal, live = stream.isTTY === true && process.env.CI === undefined) {
    this.#plan = plan;
    this.#stream = stream;
    this.#live = live;
  }

  begins(_step: Step, index: number): void {
    this.#index = index;
    this.#stepStartedAt = performance.now();
    this.#last = undefined;
    this.#draw('');
  }

  /** Called while load runs. */
  progress({ phase, messages }: Progress): void {
    const now = performance.now();
    const last = this.#last;
    this.#last = { messages, at: now };
    const rate =
      last && messages >= last.messages ? (1000 * (messages - last.messages)) / (now - last.at) : undefined;
    this.#draw(
      rate === undefined ? phase : `${phase}, ${Math.round(rate).toLocaleString('en-US')} messages/s`,
    );
  }

  tells(line: string): void {
    this.end();
    this.#stream.write(this.#live ? `${line}\n` : `${line} (${this.left()})\n`);
    this.#draw('');
  }

  /** Removes the live line. */
  end(): void {
    if (this.#drawn) this.#stream.write(CLEAR_LINE);
    this.#drawn = false;
  }

  /** Time left by the plan, in words. */
  left(): string {
    const ahead = this.#plan.steps.slice(this.#index).reduce((sum, step) => sum + step.estimateMs, 0);
    const current = this.#plan.steps[this.#index]?.estimateMs ?? 0;
    const spent = Math.min(current, performance.now() - this.#stepStartedAt);
    return `${duration(ahead - spent)} left`;
  }

  #draw(detail: string): void {
    const step = this.#plan.steps[this.#index];
    if (!this.#live || !step) return;
    const place = `${this.#index + 1}/${this.#plan.steps.length}`;
    const text = [place, describe(step), detail, this.left()].filter((part) => part !== '').join('  ');
    const width = Math.max(NARROWEST, (this.#stream.columns ?? 80) - 1);
    this.#stream.write(`${CLEAR_LINE}${text.slice(0, width)}`);
    this.#drawn = true;
  }
}

/** `4:05`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

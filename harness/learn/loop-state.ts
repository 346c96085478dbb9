/**
 * What the watch loop knows, and what follows from each event: `step(state, event)` gives the next state and the effects to
 * carry out. Pure.
 *
 * loop.ts carries the effects out and turns what comes of them into events; loop-screen.ts shows the state.
 */
import { type Exercise, HINTS } from './exercise.ts';
import type { Progress } from './progress.ts';
import type { Language } from './strip.ts';

export interface LoopState {
  exercises: readonly Exercise[];
  language: Language;
  /** Index of the exercise that is worked at. */
  at: number;
  progress: Progress;
  /** Number of the attempt under way, or of the last one: events of earlier ones no longer count. */
  attempt: number;
  doing: 'building' | 'checking' | 'waiting' | 'running all';
  done: number;
  total: number;
  /** What the last attempt has said so far: a build error, or a verdict. */
  report: string;
  /** Whether that verdict was: everything is passed. */
  passed: boolean;
  hintsShown: number;
  view: 'report' | 'list' | 'text';
  /** The solution as a diff, or the lines of `run all`. */
  text: string;
  asksReset: boolean;
  /** The last word on a key that could not do what it should, or on trouble. */
  notice: string;
}

export type LoopEvent =
  | { kind: 'key'; key: string }
  | { kind: 'saved' }
  | { kind: 'built'; attempt: number; total: number; report: string }
  | { kind: 'checked'; attempt: number }
  | { kind: 'reported'; attempt: number; report: string }
  | { kind: 'ended'; attempt: number; report: string; passed: boolean }
  | { kind: 'line'; attempt: number; line: string }
  | { kind: 'all ran'; attempt: number }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'text'; text: string }
  | { kind: 'was reset'; notice: string }
  | { kind: 'notice'; notice: string };

export type Effect =
  /** Ends whatever runs, and begins this one. */
  | { kind: 'attempt'; attempt: number; exercise: Exercise }
  | { kind: 'run all'; attempt: number }
  | { kind: 'watch'; exercise: Exercise }
  | { kind: 'mark'; exercise: Exercise }
  | { kind: 'reset'; exercise: Exercise }
  | { kind: 'solution'; exercise: Exercise }
  | { kind: 'quit'; interrupted: boolean };

export type Step = [state: LoopState, effects: Effect[]];

/** The loop before its first attempt; `step` it with `saved` to begin. */
export function firstState(
  exercises: readonly Exercise[],
  language: Language,
  at: number,
  progress: Progress,
): LoopState {
  return {
    ...{ exercises, language, at, progress, attempt: 0, doing: 'waiting', done: 0, total: 0, report: '' },
    ...{ passed: false, hintsShown: 0, view: 'report', text: '', asksReset: false, notice: '' },
  };
}

/** The exercise that is worked at. */
export function current({ exercises, at }: LoopState): Exercise {
  const exercise = exercises[at];
  if (!exercise) throw new RangeError(`there is no exercise at ${at}`);
  return exercise;
}

/** Whether the exercise was ever passed on this track: then its solution may be read. */
export function isMarked({ progress, language }: LoopState, { id }: Exercise): boolean {
  return progress.passed[id]?.[language] !== undefined;
}

export function step(state: LoopState, event: LoopEvent): Step {
  if ('attempt' in event && event.attempt !== state.attempt) return [state, []];
  switch (event.kind) {
    case 'key':
      return state.asksReset ? answer(state, event.key) : press({ ...state, notice: '' }, event.key);
    case 'saved':
      return tryAgain(state);
    case 'built':
      return [{ ...state, doing: 'checking', done: 0, total: event.total, report: event.report }, []];
    case 'checked':
      return [{ ...state, done: state.done + 1 }, []];
    case 'reported':
      return [{ ...state, report: event.report }, []];
    case 'ended':
      return end(state, event.report, event.passed);
    case 'all ran':
      return [{ ...state, doing: 'waiting' }, []];
    case 'line':
      return [{ ...state, text: `${state.text}${event.line}\n` }, []];
    case 'progress':
      return [{ ...state, progress: event.progress }, []];
    case 'text':
      return [{ ...state, view: 'text', text: event.text }, []];
    case 'was reset':
      // Its files have changed, which is a save like any other.
      return [{ ...state, hintsShown: 0, notice: event.notice }, []];
    case 'notice':
      return [{ ...state, notice: event.notice }, []];
  }
}

function tryAgain(state: LoopState): Step {
  const attempt = state.attempt + 1;
  const next: LoopState = { ...state, attempt, doing: 'building', report: '', passed: false, view: 'report' };
  return [next, [{ kind: 'attempt', attempt, exercise: current(state) }]];
}

function end(state: LoopState, report: string, passed: boolean): Step {
  const effects: Effect[] = passed ? [{ kind: 'mark', exercise: current(state) }] : [];
  return [{ ...state, doing: 'waiting', report, passed }, effects];
}

function press(state: LoopState, key: string): Step {
  if (state.view === 'list' && /^[1-9]$/.test(key)) return goTo(state, Number(key) - 1);
  const view = state.view === 'list' ? 'report' : 'list';
  switch (key) {
    case 'h':
      return [{ ...state, view: 'report', hintsShown: Math.min(state.hintsShown + 1, HINTS) }, []];
    case 'n':
      return goTo(state, state.at + 1);
    case 'p':
      return goTo(state, state.at - 1);
    case 'l':
      return [{ ...state, view }, []];
    case 'a':
      return runAll(state);
    case 's':
      return openSolution(state);
    case 'r':
      return [{ ...state, view: 'report', asksReset: true }, []];
    case 'q':
    case 'ctrl-d':
      return [state, [{ kind: 'quit', interrupted: false }]];
    case 'ctrl-c':
      return [state, [{ kind: 'quit', interrupted: true }]];
    case 'return':
      return state.view === 'report' ? tryAgain(state) : [{ ...state, view: 'report' }, []];
    case 'escape':
      return [{ ...state, view: 'report' }, []];
    default:
      return [state, []];
  }
}

function answer(state: LoopState, key: string): Step {
  const answered = { ...state, asksReset: false };
  if (key === 'y') return [answered, [{ kind: 'reset', exercise: current(state) }]];
  if (key === 'ctrl-c' || key === 'ctrl-d') return press(answered, key);
  return [{ ...answered, notice: 'nothing was reset' }, []];
}

/** Exercises that do not have the track are passed over. */
function goTo(state: LoopState, wanted: number): Step {
  const direction = wanted < state.at ? -1 : 1;
  let at = wanted;
  while (state.exercises[at]?.languages.includes(state.language) === false) at += direction;
  const exercise = state.exercises[at];
  if (!exercise) {
    const notice = direction > 0 ? 'this is the last exercise' : 'this is the first exercise';
    return [{ ...state, notice }, []];
  }
  const [next, effects] = tryAgain({ ...state, at, hintsShown: 0 });
  return [next, [{ kind: 'watch', exercise }, ...effects]];
}

function openSolution(state: LoopState): Step {
  const exercise = current(state);
  if (isMarked(state, exercise)) return [state, [{ kind: 'solution', exercise }]];
  return [{ ...state, notice: 'the solution opens when the exercise is passed; h shows a hint' }, []];
}

function runAll(state: LoopState): Step {
  const attempt = state.attempt + 1;
  return [
    { ...state, attempt, doing: 'running all', view: 'text', text: '' },
    [{ kind: 'run all', attempt }],
  ];
}

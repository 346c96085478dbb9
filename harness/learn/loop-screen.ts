/**
 * The screen of the watch loop as text: the exercise, what its last attempt said, hints, keys, and one status line. Pure.
 *
 * What compilers and servers say is left as it is; the loop's own lines are wrapped.
 */
import { styleText } from 'node:util';
import { type Exercise, HINTS } from './exercise.ts';
import { current, isMarked, type LoopState } from './loop-state.ts';
import { wrap } from './wrap.ts';

export interface Screen {
  /** Paragraphs; changes seldom. */
  body: string;
  /** One line that fits, without a line end; changes with each check. */
  status: string;
}

const KEYS = '[h]int  [n]ext  [p]revious  [l]ist  run [a]ll  [r]eset  [s]olution  [enter] again  [q]uit';

export function screenOf(state: LoopState, columns: number): Screen {
  const own = (text: string): string => wrap(text, columns);
  const paragraphs = [
    own(heading(state)),
    ...(state.view === 'list' ? [own(list(state))] : []),
    ...(state.view === 'text' ? [state.text.trimEnd()] : []),
    ...(state.view === 'report' ? [state.report, own(praise(state)), own(hints(state))] : []),
    own(state.notice && styleText('yellow', state.notice)),
    own(state.asksReset ? question(state) : styleText('dim', KEYS)),
  ];
  return {
    body: paragraphs.filter((paragraph) => paragraph !== '').join('\n\n'),
    status: statusOf(state).slice(0, columns - 1),
  };
}

function heading(state: LoopState): string {
  const { number, title, id, folder } = current(state);
  const track = state.language === 'ts' ? 'TypeScript' : 'C';
  const marked = isMarked(state, current(state)) ? ', passed' : '';
  const first = `${styleText('bold', `${number} of ${state.exercises.length}  ${id}`)}  ${title} (${track}${marked})`;
  return `${first}\nread exercises/${folder}/README.md`;
}

function praise(state: LoopState): string {
  if (!state.passed) return '';
  const isLast = state.at === state.exercises.length - 1;
  const then = isLast ? 'that was the last one' : 'press n for the next one';
  return `${styleText('green', `${current(state).id} is passed`)}: ${then}, s to compare with the solution`;
}

function hints(state: LoopState): string {
  const shown = current(state).hints.slice(0, state.hintsShown);
  return shown.map((hint, index) => `hint ${index + 1} of ${HINTS}: ${hint}`).join('\n');
}

function question({ language, ...state }: LoopState): string {
  const { id } = current({ language, ...state });
  return `Give the stub of ${id}/${language} back, and keep your version in a backup? [y/N]`;
}

function list(state: LoopState): string {
  const line = (exercise: Exercise, index: number): string => {
    const here = index === state.at ? '>' : ' ';
    const mark = isMarked(state, exercise) ? 'passed' : '-     ';
    return `${here} ${exercise.number}  ${mark}  ${exercise.id}`;
  };
  return [...state.exercises.map(line), '', 'a digit goes there, l goes back'].join('\n');
}

function statusOf(state: LoopState): string {
  const { doing, done, total, language } = state;
  const { folder } = current(state);
  if (doing === 'building') return 'building ...';
  if (doing === 'checking') return `checking: ${done} of ${total} checks`;
  if (doing === 'running all') return 'running all that you have begun ...';
  return `waiting for a save in exercises/${folder}/${language}/`;
}

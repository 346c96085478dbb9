/**
 * The terminal of the watch loop: single keys in, the screen out. A body that has not changed is not drawn again, so that only
 * the status line moves.
 *
 * What the screen says, loop-screen.ts decides. Node gives the terminal its mode back when the process ends.
 */
import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { screenOf } from './loop-screen.ts';
import type { LoopState } from './loop-state.ts';

export interface TerminalEvents {
  /** A name as `h`, `return`, `ctrl-c`. */
  onKey: (key: string) => void;
  onResize: () => void;
  /** Nobody will press a key again. */
  onEnd: () => void;
}

const CLEAR_SCREEN = '\u001b[H\u001b[2J';
const CLEAR_LINE = '\r\u001b[2K';
/** Of a terminal that does not say how wide it is. */
const COLUMNS = 80;

export class LoopTerminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  #body: string | undefined;
  #status = '';

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  /** Whether compilers may write colours; NO_COLOR says no. */
  get color(): boolean {
    return this.#output.hasColors();
  }

  open({ onKey, onResize, onEnd }: TerminalEvents): void {
    emitKeypressEvents(this.#input);
    this.#input.setRawMode(true);
    this.#input.on('keypress', (_, { name, ctrl, sequence }: Key) => {
      const key = name === 'enter' ? 'return' : (name ?? sequence ?? '');
      onKey(ctrl ? `ctrl-${key}` : key);
    });
    this.#input.on('end', onEnd);
    this.#input.on('error', onEnd);
    this.#output.on('resize', () => {
      this.#body = undefined;
      onResize();
    });
    this.#input.resume();
  }

  draw(state: LoopState): void {
    const { body, status } = screenOf(state, this.#output.columns || COLUMNS);
    if (body !== this.#body) this.#output.write(`${CLEAR_SCREEN}${body}\n\n${status}`);
    else if (status !== this.#status) this.#output.write(`${CLEAR_LINE}${status}`);
    this.#body = body;
    this.#status = status;
  }

  close(): void {
    this.#input.setRawMode(false);
    this.#input.pause();
    this.#output.write('\n');
  }
}

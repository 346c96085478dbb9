/**
 * The watch loop on a terminal of its own: keys go in, and what stands on the screen is read. For tests, and for the session that the
 * README shows (learn-tour.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../servers.ts';

const PSEUDO_TERMINAL = join(import.meta.dirname, 'fixtures', 'pseudo-terminal.py');
const SCREEN_TIMEOUT_MS = 20_000;
const CLEAR_SCREEN = '\u001b[H\u001b[2J';
const CLEAR_LINE = '\r\u001b[2K';

export interface Terminal {
  columns: number;
  env?: Readonly<Record<string, string>>;
}

/** Copies into `root` what `learn` needs of the harness, so that nobody's own exercises are touched. */
export function copyHarness(root: string): void {
  const isNeeded = (path: string): boolean => !/^harness\/(test|native\/build\/.*obj)(\/|$)/.test(path);
  for (const room of ['harness', 'clients', 'tsconfig.json'])
    cpSync(join(ROOT, room), join(root, room), {
      recursive: true,
      filter: (path) => isNeeded(path.slice(ROOT.length + 1)),
    });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
}

/** `learn` in the workshop below `root`. Whoever starts it ends it: by a key, or by {@link kill}. */
export class LearnSession {
  readonly child: ChildProcess;
  #output = '';
  #changed: () => void = () => {};

  constructor(root: string, args: readonly string[], { columns, env = {} }: Terminal) {
    const learn = [process.execPath, 'harness/cli.ts', 'learn', ...args];
    this.child = spawn('python3', [PSEUDO_TERMINAL, `${columns}`, ...learn], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, TERM: 'xterm', ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#changed();
    });
    this.child.once('exit', () => this.#changed());
  }

  press(key: string): void {
    this.child.stdin?.write(key);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** What stands on the screen: the last body that was drawn, and the last status line. */
  screen(): string {
    const drawn = this.#output.split(CLEAR_SCREEN).at(-1) ?? '';
    const [body = '', ...statuses] = drawn.replaceAll('\r\n', '\n').split(CLEAR_LINE);
    return [body, ...statuses.slice(-1)].join('\n');
  }

  /** Resolves with the screen as soon as it shows all of these. @throws when they do not show in time */
  async until(...pieces: readonly string[]): Promise<string> {
    const deadline = AbortSignal.timeout(SCREEN_TIMEOUT_MS);
    while (!pieces.every((piece) => this.screen().includes(piece))) {
      if (deadline.aborted || this.child.exitCode !== null)
        throw new Error(`${pieces.join(', ')} did not show:\n${this.screen()}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return this.screen();
  }
}

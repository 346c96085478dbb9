/**
 * Tells when the files of a folder change. File events make it fast; looking at the files makes it sure where events do not
 * arrive (WSL mounts, NFS) or end (a folder that was deleted and made again).
 *
 * Compares what is there, so an event that changed nothing is none, and an editor that writes, renames and writes again makes one.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { filesIn } from './stubs.ts';

export interface WatchOptions {
  /** The repository. */
  root: string;
  /** From the root; it need not exist yet. */
  folder: string;
  onChange: () => void;
  /** Only look; do without events. */
  poll?: boolean;
}

const LOOK_EVERY_MS = 500;
/** An editor empties a file before it fills it: what stands still for so long is a save. */
const QUIET_MS = 30;

export class Watcher {
  readonly #options: WatchOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #events: FSWatcher | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #seen: string;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#seen = fingerprint(options.root, options.folder);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#events = options.poll ? undefined : this.#listen();
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#quiet);
    this.#events?.close();
  }

  /** Undefined where the system has no events to give: no folder, or no watches left. */
  #listen(): FSWatcher | undefined {
    const { root, folder } = this.#options;
    try {
      const events = watch(join(root, folder), () => this.#look());
      events.on('error', () => events.close());
      return events;
    } catch {
      return undefined;
    }
  }

  #look(): void {
    const { root, folder, onChange } = this.#options;
    const now = fingerprint(root, folder);
    if (now === this.#seen) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      if (fingerprint(root, folder) !== now) return this.#look();
      this.#seen = now;
      onChange();
    }, QUIET_MS);
  }
}

/** Names, times and lengths: changes with every save. */
function fingerprint(root: string, folder: string): string {
  const describe = (name: string): string => {
    const status = statSync(join(root, folder, name), { bigint: true, throwIfNoEntry: false });
    return `${name} ${status?.ino} ${status?.mtimeNs} ${status?.size}`;
  };
  return filesIn(root, folder)
    .filter((name) => /\.(ts|c|h)$/.test(name))
    .map(describe)
    .join('\n');
}

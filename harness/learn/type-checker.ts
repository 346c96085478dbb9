/**
 * The type checker in a thread of its own, where it stays warm and holds up nobody: the first check of a process takes about a
 * second, the next ones some 50 ms.
 *
 * type-check.ts does the checking; type-check-worker.ts is the other end.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What type-check.ts is asked: root, files, color. */
export type TypeQuestion = [root: string, files: readonly string[], color: boolean];

const WORKER = join(import.meta.dirname, 'type-check-worker.ts');
const ANSWER_TIMEOUT_MS = 30_000;

export class TypeChecker {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** Loads the compiler and the library's types, so that the first question finds them. */
  constructor() {
    this.#start();
  }

  /** As `typeErrors` of type-check.ts. Questions are answered one after the other. @throws {Error} when none came in time */
  typeErrors(...question: TypeQuestion): Promise<string> {
    const answer = this.#last.then(() => this.#ask(question));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #ask(question: TypeQuestion): Promise<string> {
    const worker = this.#worker ?? this.#start();
    worker.ref();
    worker.postMessage(question);
    try {
      const [text] = await once(worker, 'message', { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
      return text as string;
    } catch (error) {
      this.#worker = undefined;
      void worker.terminate();
      throw new Error('the type checker gave no answer: it begins anew with the next save', { cause: error });
    } finally {
      worker.unref();
    }
  }

  #start(): Worker {
    const worker = new Worker(WORKER);
    // Waiting for questions keeps no process alive; being asked one does.
    worker.unref();
    worker.on('error', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }
}

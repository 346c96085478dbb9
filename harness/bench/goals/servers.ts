/**
 * The servers of the goals: each is started once, when first needed, and lives until the end.
 */
import type { ServerSpec } from '../../servers.ts';
import type { Running, Session } from '../session.ts';

export class Servers {
  readonly #session: Session;
  readonly #running = new Map<string, Promise<Running>>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** The one instance of this server. */
  get(spec: ServerSpec): Promise<Running> {
    const running = this.#running.get(spec.name) ?? this.#session.start(spec);
    this.#running.set(spec.name, running);
    return running;
  }
}

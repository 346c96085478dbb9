/**
 * Faults that no check can see, each with the experiment that shows it. Such a server is not built: it would be correct to anybody
 * who can only speak with it.
 *
 * Data only. At most one fault in ten may stand here.
 */
export interface Unobservable {
  fault: string;
  /** What was tried, and what came of it. */
  experiment: string;
  /** How often the fault was seen. */
  seen: number;
  tries: number;
}

export const unobservable: readonly Unobservable[] = [];

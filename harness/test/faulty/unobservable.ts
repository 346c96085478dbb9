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

export const unobservable: readonly Unobservable[] = [
  {
    fault: 'sockets without SOCK_CLOEXEC, in a server that starts no other program',
    experiment:
      'c/correct-tcp-echo without any close-on-exec flag, against the quick tier of tcp-echo: nobody inherits what nobody starts',
    seen: 0,
    tries: 10,
  },
  {
    fault: 'Node without allowHalfOpen, where every reply is written before the event that reads the FIN',
    experiment:
      'ts/correct-tcp-echo with allowHalfOpen: false, against the groups tcp, stream, bp and stop: end() was called at the same place anyhow. With later replies it is visible: ts/closes-with-peer',
    seen: 0,
    tries: 10,
  },
];

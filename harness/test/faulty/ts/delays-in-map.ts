/** Fault: outstanding DELAYs are kept in a map from their ids, so that an id that is used twice loses one. */
import type { Session } from './framed.ts';
import { serveTcp } from './tcp.ts';

const outstanding = new WeakMap<Session, Map<number, Buffer>>();

serveTcp('framed', {
  framed: {
    holdDelay: (session, reply, ms) => {
      const replies = outstanding.get(session) ?? new Map<number, Buffer>();
      outstanding.set(session, replies);
      const id = reply.readUInt16BE(6);
      replies.set(id, reply);
      session.delays.hold(performance.now() + ms, () => {
        const held = replies.get(id);
        replies.delete(id);
        return held;
      });
    },
  },
});

/** Fault: the text of an ERROR repeats what the client sent. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', {
  framed: {
    errorText: (name, payload) => `${name}: ${Buffer.from(payload).toString('latin1').slice(0, 100)}`,
  },
});

/** Fault: reads the payload of an unknown type as text, strictly, and does not expect that it may be none. */
import { serveTcp } from './tcp.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

serveTcp('framed', {
  framed: {
    errorText: (name, payload) => {
      decoder.decode(payload);
      return name;
    },
  },
});

/** Fault: a type that does not exist is reported before the flags are looked at. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', {
  framed: {
    headerError: ({ length, flags, type }, maxFrameSize) => {
      if (length > maxFrameSize) return 1;
      return flags !== 0 && type >= 0x01 && type <= 0x04 ? 2 : 0;
    },
  },
});

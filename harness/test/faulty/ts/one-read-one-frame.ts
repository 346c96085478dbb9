/** Fault: takes each 'data' event for one frame. */

import { frame } from './frames.ts';
import { serveTcp } from './tcp.ts';

serveTcp('framed', {
  parse: (input) => ({
    replies: input.length < 8 ? [] : [frame(0x81, input.readUInt16BE(6), input.subarray(8))],
  }),
});

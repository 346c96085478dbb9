/** Fault: where many DELAYs are outstanding, one in eight comes with the longest of them, as from a heap that is sorted only in part. */
import { serveTcp } from './tcp.ts';

let outstanding = 0;
let longestMs = 0;

function lateInCrowd(ms: number): number {
  if (ms === 0) return 0;
  outstanding += 1;
  setTimeout(() => (outstanding -= 1), ms).unref();
  longestMs = Math.max(longestMs, ms);
  return outstanding % 8 === 0 ? longestMs : ms;
}

serveTcp('framed', { framed: { delayMs: lateInCrowd } });

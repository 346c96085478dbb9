/** Fault: a clock that goes on after a pause puts an end to those of all other connections. */
import { FrameClock } from './frame-clock.ts';
import { serveTcp } from './tcp.ts';

const started = new Set<FrameClock>();
const { start, resume } = FrameClock.prototype;

FrameClock.prototype.start = function (ms) {
  started.add(this);
  start.call(this, ms);
};

FrameClock.prototype.resume = function () {
  for (const clock of started) if (clock !== this) clock.stop();
  resume.call(this);
};

serveTcp('framed', {});

// The DELAYs of one connection: replies that are not due yet, within the limits of docs/protocol.md section 8.
//
// Given: exercises 05 and 08 were to write this.

const MAX_DELAYS = 1024;

export class Delays {
  readonly timers = new Set<NodeJS.Timeout>();
  bytes = 0; // held by the replies

  get count(): number {
    return this.timers.size;
  }

  hasRoom(length: number, maxPendingBytes: number): boolean {
    return this.count < MAX_DELAYS && this.bytes + length <= maxPendingBytes;
  }

  /** Hands `frame` to `onDue` when `ms` milliseconds have passed, and not before. */
  add(ms: number, frame: Buffer, onDue: (frame: Buffer) => void): void {
    // One more, because Node's timers may be early by a part of a millisecond.
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.bytes -= frame.length;
      onDue(frame);
    }, ms + 1);
    this.timers.add(timer);
    this.bytes += frame.length;
  }

  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.bytes = 0;
  }
}

// Deadlines of many connections behind one timer: a list in order of due time.
//
// All deadlines of one list have (nearly) the same distance, so that a new one goes to the end and moving one is
// O(1); a timer of Node's own per connection would be rearmed with every read. An empty list has no timer, but
// for a last one that finds nothing. Only in TypeScript: C has net/timer.h.

/** A place in a list of deadlines; lives inside of what it belongs to. */
export class Deadline {
  dueMs = 0; // by performance.now()
  list: Deadlines | null = null;
  previous: Deadline | null = null;
  next: Deadline | null = null;
  readonly onDue: () => void;

  constructor(onDue: () => void) {
    this.onDue = onDue;
  }
}

/** A list of deadlines, the first due first. */
export class Deadlines {
  private first: Deadline | null = null;
  private last: Deadline | null = null;
  private timer: NodeJS.Timeout | null = null;
  private timerDueMs = 0;
  /** Puts a deadline in its place, or moves it there. */
  start(deadline: Deadline, dueMs: number): void {
    stop(deadline);
    deadline.dueMs = dueMs;
    let before = this.last;
    while (before !== null && before.dueMs > dueMs) before = before.previous;
    this.insert(deadline, before);
    if (this.timer === null || dueMs < this.timerDueMs) this.arm();
  }

  /** Takes a deadline out; see stop(). The timer stays: it fires once for nothing, which is cheaper than rearming. */
  remove(deadline: Deadline): void {
    if (deadline.previous === null) this.first = deadline.next;
    else deadline.previous.next = deadline.next;
    if (deadline.next === null) this.last = deadline.previous;
    else deadline.next.previous = deadline.previous;
    deadline.previous = null;
    deadline.next = null;
    deadline.list = null;
  }

  private insert(deadline: Deadline, before: Deadline | null): void {
    const after = before === null ? this.first : before.next;
    deadline.previous = before;
    deadline.next = after;
    if (before === null) this.first = deadline;
    else before.next = deadline;
    if (after === null) this.last = deadline;
    else after.previous = deadline;
    deadline.list = this;
  }

  private arm(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.first === null) return;
    this.timerDueMs = this.first.dueMs;
    const waitMs = Math.max(1, Math.ceil(this.timerDueMs - performance.now()));
    this.timer = setTimeout(() => this.fire(), waitMs);
  }

  // Fires early for the first deadline where that has moved on since; then it is armed again.
  private fire(): void {
    const nowMs = performance.now();
    while (this.first !== null && this.first.dueMs <= nowMs) {
      const due = this.first;
      this.remove(due);
      due.onDue();
    }
    this.arm();
  }
}

/** Takes a deadline out of its list, if it is in one. */
export function stop(deadline: Deadline): void {
  deadline.list?.remove(deadline);
}

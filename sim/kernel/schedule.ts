// Simulated time: what happens next, in order of its instant and then of its planning. Nothing else
// moves time. Instants are milliseconds of an observer outside all machines.

/** Something that will happen, unless it is cancelled before. */
export abstract class Planned {
  atMs = 0;
  order = 0;
  isCancelled = false;

  abstract happen(): void;

  cancel(): void {
    this.isCancelled = true;
  }
}

class PlannedCall extends Planned {
  readonly #run: () => void;

  constructor(run: () => void) {
    super();
    this.#run = run;
  }

  happen(): void {
    this.#run();
  }
}

export class Schedule {
  nowMs = 0;
  /** How much has happened: the length of the story in steps. */
  steps = 0;
  readonly #heap: Planned[] = [];
  #order = 0;

  after(delayMs: number, run: () => void): Planned {
    return this.at(this.nowMs + delayMs, run);
  }

  at(atMs: number, run: () => void): Planned {
    const planned = new PlannedCall(run);
    this.plan(planned, atMs);
    return planned;
  }

  /** Plans something that is not planned now. Most of a story are timers: they cost one object. */
  plan(planned: Planned, atMs: number): void {
    planned.atMs = Math.max(atMs, this.nowMs);
    planned.order = this.#order += 1;
    this.#push(planned);
  }

  /** Lets the next thing happen, if it is due by `endMs`. False: nothing was left to happen. */
  stepUntil(endMs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) {
        this.nowMs = endMs;
        return false;
      }
      this.#pop();
      if (next.isCancelled) continue;
      this.nowMs = next.atMs;
      this.steps += 1;
      next.happen();
      return true;
    }
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(planned);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, planned)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = planned;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = index * 2 + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        childIndex += 1;
        child = right;
      }
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

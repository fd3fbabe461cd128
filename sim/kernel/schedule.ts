// Simulated time: what happens next, in order of its instant and then of its planning. Nothing else
// moves time. Instants are milliseconds of an observer outside all machines.

/** Something that will happen, unless it is cancelled before. */
export class Planned {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;

  constructor(atMs: number, order: number, run: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.run = run;
  }

  cancel(): void {
    this.run = undefined;
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
    const planned = new Planned(Math.max(atMs, this.nowMs), (this.#order += 1), run);
    this.#push(planned);
    return planned;
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
      if (next.run === undefined) continue;
      this.nowMs = next.atMs;
      this.steps += 1;
      next.run();
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

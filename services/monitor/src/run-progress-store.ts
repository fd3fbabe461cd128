// How far runs are, stored once in each turn of the process for all of them together: hundreds of
// targets answer at once. What is lost in a crash is done again, which is harmless.

import { AssertionError } from "node:assert";
import type { RunRecord } from "./core/run-record.ts";
import type { MonitorParts } from "./parts.ts";

/** Must be disposed: then everything is stored. */
export class RunProgressStore implements Disposable {
  readonly #parts: Pick<MonitorParts, "journal" | "log" | "timers">;
  readonly #stored: (runs: readonly RunRecord[]) => void;
  readonly #unstored = new Map<string, RunRecord>();
  #isScheduled = false;

  /** `stored` is told of runs once the journal has them. */
  constructor(
    parts: Pick<MonitorParts, "journal" | "log" | "timers">,
    stored: (runs: readonly RunRecord[]) => void,
  ) {
    this.#parts = parts;
    this.#stored = stored;
  }

  /** Stores a run at the end of this turn. */
  put(run: RunRecord): void {
    this.#unstored.set(run.runId, run);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#parts.timers.afterInput(() => this.#store());
  }

  /** A newer record of the run is in the journal. */
  drop(runId: string): void {
    this.#unstored.delete(runId);
  }

  [Symbol.dispose](): void {
    this.#store();
  }

  #store(): void {
    this.#isScheduled = false;
    const runs = [...this.#unstored.values()];
    this.#unstored.clear();
    if (runs.length === 0) return;
    try {
      this.#parts.journal.commit({ servers: [], signals: [], runs, history: [] });
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      // The decision is durable; how far a step is will be stored with its next change.
      const runIds = runs.map(({ runId }) => runId);
      this.#parts.log.error({ err: error, runIds }, "Cannot store a run");
      return;
    }
    this.#stored(runs);
  }
}

// Measures how long the journal takes to make something durable: everything that is decided waits
// for it.

import {
  countDuration,
  type DurationHistogram,
  newDurationHistogram,
  quickBoundsMs,
} from "@hot-backup/kit/duration-histogram.ts";
import type { Journal } from "./ports.ts";

/** What was measured. */
export interface JournalMeter {
  readonly commits: DurationHistogram;
  /** Commits that threw: nothing of them is stored. */
  failures: number;
}

/** The same journal, measured. */
export function measureJournal(
  journal: Journal,
  clock: { nowMs(): number },
): { readonly journal: Journal; readonly meter: JournalMeter } {
  const meter: JournalMeter = { commits: newDurationHistogram(quickBoundsMs), failures: 0 };
  const commit: Journal["commit"] = (change) => {
    const beganMs = clock.nowMs();
    try {
      journal.commit(change);
    } catch (error) {
      meter.failures += 1;
      throw error;
    }
    countDuration(meter.commits, clock.nowMs() - beganMs);
  };
  return { journal: { ...journal, commit }, meter };
}

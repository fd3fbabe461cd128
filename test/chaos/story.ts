// What the suite itself did to a bed, and when: what a checker may know beside the evidence. The
// product does not see it.

import type { Pause } from "./checkers/runners.ts";

export interface Story {
  /** Machines paused as a whole. */
  readonly pauses: readonly Pause[];
  /** performance.now() of every instant at which notify was killed, stopped, frozen or thawed. */
  readonly notifyHurtAtMs: readonly number[];
  /** How often the channels service of the backup was started. */
  readonly backupChannelsStarts: number;
  /** Failpoints at which a service has died, and how often. */
  readonly failpointDeaths: ReadonlyMap<string, number>;
}

export class StoryKeeper implements Story {
  readonly pauses: Pause[] = [];
  readonly notifyHurtAtMs: number[] = [];
  readonly failpointDeaths = new Map<string, number>();
  backupChannelsStarts = 0;

  hurtNotify(): void {
    this.notifyHurtAtMs.push(performance.now());
  }

  diedAt(failpoint: string): void {
    this.failpointDeaths.set(failpoint, (this.failpointDeaths.get(failpoint) ?? 0) + 1);
  }
}

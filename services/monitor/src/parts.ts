// What the loops of the monitor are made of: ports and settings, gathered once by main.

import type { Clock } from "@hot-backup/kit/clock.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import type { ServerSettings } from "./core/server-settings.ts";
import type { Actions, Journal, Notifier, Targets, Timers } from "./ports.ts";

/** A command that makes sure that a target runs nothing. */
export interface Fence {
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

export interface MonitorParts {
  /** Name of the monitor's server instance, and its group, for mails. */
  readonly server: string;
  readonly group: string;
  readonly servers: readonly ServerSettings[];
  /** Fence commands by server id, and then by target. */
  readonly fences: ReadonlyMap<string, ReadonlyMap<string, Fence>>;
  readonly mailDelayMs: number;
  readonly journal: Journal;
  readonly targets: Targets;
  readonly notifier: Notifier;
  readonly actions: Actions;
  readonly clock: Clock;
  readonly timers: Timers;
  /** From 0 up to 1. */
  readonly chance: () => number;
  readonly log: Logger;
}

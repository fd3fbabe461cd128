// What all parts of one story share: time, chance, the network, the trace and the onlookers.

import type { Fact } from "./fact.ts";
import type { Network } from "./kernel/network.ts";
import type { Random } from "./kernel/random.ts";
import type { Schedule } from "./kernel/schedule.ts";
import type { Trace } from "./kernel/trace.ts";
import type { Sabotage } from "./sabotages.ts";

export interface World {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly network: Network;
  readonly trace: Trace;
  /** The rule that this story does without. Undefined: all rules hold. */
  readonly sabotage: Sabotage | undefined;
  /** Promises of the monitor's loops wait for their turn: no time passes before they had it. */
  isRestless: boolean;
  /** Streams that are open, for whoever resets them. */
  readonly streams: Set<{ reset(): void }>;
  /** Tells the onlookers. */
  tell(fact: Fact): void;
}

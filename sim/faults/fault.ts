// What can go wrong, as a list: each kind begins at a random place and says how it ends.

import type { Cast } from "../cast.ts";
import type { Random } from "../kernel/random.ts";
import type { World } from "../world.ts";

/** Where and how a fault strikes. */
export interface Strike {
  readonly world: World;
  readonly cast: Cast;
  readonly random: Random;
}

/** Ends the fault. */
type End = () => void;

export interface Fault {
  readonly kind: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** How long it lasts, in milliseconds. */
  readonly lastsMs: readonly [min: number, max: number];
  /** Undefined: it could not strike here, or needs no end. */
  begin(strike: Strike): End | undefined;
}

/** A line in the trace that tells what struck. */
export function tellFault({ world }: Strike, kind: string, where: string): void {
  if (world.trace.isOn) world.trace.say("fault", `${kind}: ${where}`);
}

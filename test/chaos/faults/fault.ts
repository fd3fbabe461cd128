// What a fault is: something that befalls a bed and ends again. What it breaks down is not put
// right by it but by the round, which starts whatever does not run, as systemd would.

import type { Random } from "../../../sim/kernel/random.ts";
import type { ChaosBed } from "../chaos-bed.ts";
import type { Place } from "../place.ts";

/** One stroke of a fault, decided in every detail. */
export interface Stroke {
  /** In figures, such as "frozen monitor". Strokes of one kind are compared. */
  readonly kind: string;
  begin(bed: ChaosBed): void | Promise<void>;
  end(bed: ChaosBed): void | Promise<void>;
}

/** A kind of fault that a round can draw. */
export interface Fault {
  /** How often it is drawn, against the others. */
  readonly weight: number;
  /** What it cannot do without. Absent: nothing. */
  readonly needs?: (place: Place) => boolean;
  draw(random: Random): Stroke;
}

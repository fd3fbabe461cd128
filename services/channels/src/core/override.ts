// Break glass (R10): an operator has protected channels started without a lease or an order,
// because no monitor can give one. The values of it, and the history that it leaves.

import type { Order } from "./orders.ts";

/** Who broke the glass, and why. */
export interface OverrideActor {
  readonly name: string;
  readonly reason: string;
}

/** One override in the history of this service. */
export interface OverrideRecord {
  /** Rises with every override. */
  readonly number: number;
  /** Whose protected channels were started. */
  readonly serverId: string;
  readonly names: readonly string[];
  readonly actor: OverrideActor;
  /** Newest order of that server that was known when it began. */
  readonly order: Order | undefined;
  /** Wall clock, for people, as is that of the end. */
  readonly sinceWallMs: number;
  /** Undefined: it is in force, or was when an earlier life of this service ended. */
  readonly endedWallMs: number | undefined;
  readonly endedBecause: string;
}

/** An override under which channels may run. */
export interface Override {
  readonly record: OverrideRecord;
  /**
   * Instant since boot by which its channels are gone, once a monitor has answered and lets them
   * run until the lease comes. Undefined: no monitor has answered.
   */
  readonly deadlineMs: number | undefined;
}

/** Most records that are kept. */
export const overridesKeptMax = 20;

/** A history with one more record, newest first. */
export function addRecord(
  history: readonly OverrideRecord[],
  begun: Omit<OverrideRecord, "number" | "endedWallMs" | "endedBecause">,
): { readonly history: readonly OverrideRecord[]; readonly record: OverrideRecord } {
  const number = (history[0]?.number ?? 0) + 1;
  const record = { number, ...begun, endedWallMs: undefined, endedBecause: "" };
  return { record, history: [record, ...history].slice(0, overridesKeptMax) };
}

/** The history in which an open record has ended. */
export function endRecord(
  history: readonly OverrideRecord[],
  number: number,
  end: { readonly wallMs: number; readonly because: string },
): readonly OverrideRecord[] {
  return history.map((each) => {
    if (each.number !== number || each.endedWallMs !== undefined) return each;
    return { ...each, endedWallMs: end.wallMs, endedBecause: end.because };
  });
}

// The row of the state table by which a stored signal was given.

import type { DecidedRule } from "./server-event.ts";
import type { Signal } from "./server-record.ts";
import { findTransition, type Transition, transitions } from "./transitions.ts";

/** A row of the table, or what is known of it: a version that told no row left its reason only. */
export type DecidedBy = Omit<Transition, "from"> & {
  readonly from: Transition["from"] | undefined;
};

/** Undefined: the journal does not tell, and no row has the reason of the signal. */
export function decidedBy(given: {
  readonly signal: Signal;
  readonly because: string;
  readonly rule: DecidedRule | undefined;
}): DecidedBy | undefined {
  const { rule, signal, because } = given;
  if (rule !== undefined) {
    const row = findTransition(rule.from, rule.on);
    return row === undefined ? undefined : { ...row, because };
  }
  const [row, ...others] = transitions.filter(
    (each) => each.signal === signal && each.because === because,
  );
  if (row === undefined) return undefined;
  return others.length === 0 ? row : { ...row, from: undefined };
}

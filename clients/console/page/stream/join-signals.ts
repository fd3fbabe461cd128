// Signals that came in several ways, as one timeline.

import type { SignalView } from "../../src/view/signal.ts";

/** Each signal once, newest first: by the instant of its monitor, and by the order of its ids. */
export function joinSignals(lists: readonly (readonly SignalView[])[]): readonly SignalView[] {
  const once = new Map(lists.flat().map((each) => [`${each.toldBy}/${each.signalId}`, each]));
  return [...once.values()].toSorted(
    (a, b) => b.atMs - a.atMs || Number(BigInt(b.signalId) - BigInt(a.signalId)),
  );
}

// The rule of signal ids, which every journal checks before it writes: unique, and rising by one.

import assert from "node:assert/strict";
import type { SignalRecord } from "../ports.ts";

/** Throws an AssertionError unless the ids go on from `lastSignalId` without a gap. */
export function assertNextSignals(signals: readonly SignalRecord[], lastSignalId: bigint): void {
  let expected = lastSignalId;
  for (const { signalId } of signals) {
    expected += 1n;
    assert.equal(signalId, expected, "a signal id is used twice or left out");
  }
}

// Whether a failback waits after a LIVE, for what, and why: an operator, a delay that configuration
// asks for, or the longer one of flap protection.

import { deathsInWords, flapHoldMs } from "./flap.ts";
import type { Hold, ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";

/** What the failback of a server that is back waits for. Absent: nothing. */
export function holdFor(record: ServerRecord, settings: ServerSettings): Hold | undefined {
  const { failback, flap } = settings;
  if (record.isTakenBySwitchover || failback.kind === "manual") return { until: "operator" };
  const ownMs = failback.kind === "stable" ? failback.delayMs : 0;
  const flapMs = flapHoldMs(record.recentDeaths, flap);
  if (flapMs > ownMs) return { until: "stable", delayMs: flapMs, deaths: record.recentDeaths };
  return failback.kind === "stable" ? { until: "stable", delayMs: ownMs, deaths: 0 } : undefined;
}

/** Why a failback waits, in one line for people. */
export function whyHeld(hold: Hold, record: ServerRecord): string {
  if (hold.until === "operator") {
    return record.isTakenBySwitchover
      ? "After a switchover an operator gives the channels back"
      : "Failback is manual: an operator gives the channels back";
  }
  const wait = `the failback waits until it has been live for ${hold.delayMs / 1000} s`;
  if (hold.deaths === 0) return `By its configuration ${wait}`;
  const deaths = deathsInWords(hold.deaths);
  return `Flap protection after ${deaths} in a row: ${wait}, or an operator asks for it`;
}

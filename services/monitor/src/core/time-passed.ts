// What the passing of time means for one watched server at an instant: how long it has been silent,
// and what that is known by.

import { silencedBy } from "./drill-silence.ts";
import { gatherEvidence } from "./evidence.ts";
import type { Moment, ServerEvent } from "./server-event.ts";
import type { StallMeter } from "./stall-meter.ts";
import { silentMs, sinceGrantMs, type Watched } from "./watched.ts";

export function timePassed(watched: Watched, stall: StallMeter, moment: Moment): ServerEvent {
  const { nowMs, wallMs } = moment;
  return {
    kind: "time_passed",
    nowMs,
    wallMs,
    silentMs: silentMs(watched, nowMs, stall.totalMs),
    sinceGrantMs: sinceGrantMs(watched, nowMs),
    isUnwilling: watched.liveness.lastVerdict === "unwilling",
    drill: silencedBy(watched.liveness, { nowMs, thresholdMs: watched.settings.thresholdMs }),
    evidence: gatherEvidence(watched, stall, nowMs),
  };
}

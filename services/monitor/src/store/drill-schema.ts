// What a stored drill must look like to be believed: like record-schema.ts, for the drills.

import { z } from "zod";
import type { DrillRecord } from "../core/drill-record.ts";
import { absentAsNull, actor, wallMs, whole } from "./record-schema.ts";

const phase = z.object({
  name: z.enum(["detection", "release", "start", "handover"]),
  isExercised: z.boolean(),
  startedWallMs: absentAsNull(wallMs),
  tookMs: absentAsNull(z.number()),
  expectedMs: absentAsNull(z.number()),
  objectiveMs: absentAsNull(z.number()),
  note: z.string(),
});

export const drillSchema: z.ZodType<DrillRecord> = z.object({
  drillId: z.string(),
  serverId: z.string(),
  kind: z.enum(["switchover", "silence", "shadow"]),
  actor,
  objective: z.object({
    detectionMs: absentAsNull(z.number()),
    startMs: absentAsNull(z.number()),
    handoverMs: absentAsNull(z.number()),
  }),
  state: z.enum(["running", "passed", "failed"]),
  startTerm: whole,
  phases: z.array(phase),
  channels: z.array(
    z.object({
      name: z.string(),
      outMs: absentAsNull(z.number()),
      backMs: absentAsNull(z.number()),
    }),
  ),
  mails: z.int(),
  because: z.array(z.string()),
  startedWallMs: wallMs,
  endedWallMs: absentAsNull(wallMs),
});

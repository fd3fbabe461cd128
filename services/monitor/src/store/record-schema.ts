// What a stored record must look like to be believed: one schema per record of the core. An absent
// value is stored as null, so that a value that was lost is told from one that was never there.
// So a field that is new needs a migration that gives it to the rows of before: migrations.ts.

import { z } from "zod";
import type { RunRecord } from "../core/run-record.ts";
import type { ServerRecord } from "../core/server-record.ts";
import type { HistoryEntry, SignalRecord } from "../ports.ts";

// A column holds a 64-bit number as it is; JSON would round it, and holds its decimal digits.
export const whole = z.union([z.bigint().min(0n), z.string().regex(/^\d+$/).transform(BigInt)]);
const names = z.array(z.string());
export const wallMs = z.number();
const signal = z.enum(["LIVE", "DEAD", "CLOSE"]);
const serverState = z.enum(["unheard", "waiting", "live", "dead", "closed"]);
const stateEvent = z.enum([
  "good_heartbeat",
  "threshold_passed",
  "close_received",
  "close_expired",
]);
export const actor = z.object({ name: z.string(), reason: z.string() });

export function absentAsNull<T extends z.ZodType>(schema: T) {
  return schema.nullable().transform((value) => value ?? undefined);
}

export const serverSchema: z.ZodType<ServerRecord> = z.object({
  serverId: z.string(),
  state: serverState,
  because: z.string(),
  changedWallMs: wallMs,
  assignment: z.enum(["nobody", "primary", "backup"]),
  term: whole,
  holder: z.string(),
  host: z.string(),
  cleanTargets: names,
  startedTargets: names,
  switchover: absentAsNull(actor),
  isTakenBySwitchover: z.boolean(),
  hold: absentAsNull(
    z.discriminatedUnion("until", [
      z.object({ until: z.literal("operator") }),
      z.object({ until: z.literal("stable"), delayMs: z.number(), deaths: z.int() }),
    ]),
  ),
  maintenance: absentAsNull(
    z.object({
      owner: z.string(),
      reason: z.string(),
      sinceWallMs: wallMs,
      untilWallMs: absentAsNull(wallMs),
    }),
  ),
  release: absentAsNull(
    z.object({
      boundMs: z.number(),
      lastsMs: z.number(),
      sinceWallMs: wallMs,
      by: z.string(),
      holder: z.string(),
    }),
  ),
  longestLease: absentAsNull(z.object({ leaseMs: z.number(), lastsMs: z.number() })),
  isUnleased: z.boolean(),
  isCloseUntold: z.boolean(),
  unwillingDeaths: z.int(),
  recentDeaths: z.int(),
  incidentTerm: whole,
  takeoverRunId: z.string(),
});

export const signalSchema: z.ZodType<SignalRecord> = z.object({
  signalId: whole,
  serverId: z.string(),
  host: z.string(),
  signal,
  term: whole,
  wallMs,
  because: z.string(),
  document: z.string(),
  evidence: z.string(),
  facts: absentAsNull(
    z.object({
      sinceGoodMs: absentAsNull(z.number()),
      gapsMs: z.array(z.number()),
      stallMs: z.number(),
      notGood: z.string(),
      thresholdMs: z.number(),
      goodCount: z.number(),
    }),
  ),
  rule: absentAsNull(z.object({ from: serverState, on: stateEvent })),
  actor: absentAsNull(actor),
  runId: z.string(),
});

const external = { timeoutMs: z.number(), attemptsMax: z.int() };
const flowStep = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("start_channels"), target: z.string(), names }),
  z.object({ kind: z.literal("stop_channels"), target: z.string(), names }),
  z.object({ kind: z.literal("email"), to: names, cc: names, template: z.string() }),
  z.object({ kind: z.literal("webhook"), url: z.string(), ...external }),
  z.object({ kind: z.literal("command"), command: names, ...external }),
]);

const stepRecord = z.object({
  step: flowStep,
  state: z.enum(["pending", "running", "retrying", "done", "failed", "skipped"]),
  attempts: z.int(),
  lastError: z.string(),
  channels: z.array(
    z.object({
      name: z.string(),
      activity: z.string(),
      isOk: z.boolean(),
      error: z.string(),
      lastLines: names,
    }),
  ),
  startedWallMs: absentAsNull(wallMs),
  endedWallMs: absentAsNull(wallMs),
  owesResolution: z.boolean(),
});

export const runSchema: z.ZodType<RunRecord> = z.object({
  runId: z.string(),
  serverId: z.string(),
  host: z.string(),
  reason: z.enum(["signal", "failback", "switchover"]),
  signal,
  because: z.string(),
  caseName: z.string(),
  document: z.string(),
  incidentTerm: whole,
  term: whole,
  state: z.enum(["running", "held", "finished", "superseded"]),
  signalId: whole,
  actor: absentAsNull(actor),
  startedWallMs: wallMs,
  endedWallMs: absentAsNull(wallMs),
  hasStarted: z.boolean(),
  heldBecause: z.string(),
  steps: z.array(stepRecord),
});

export const historySchema: z.ZodType<HistoryEntry> = z.object({
  serverId: z.string(),
  wallMs,
  text: z.string(),
  actor: absentAsNull(actor),
  term: whole,
  evidence: z.string(),
  refusal: z.string(),
});

// What the monitor tells the template "signal". Only server and signal are required; keys that are
// not known here are left alone, so that a newer monitor can say more.

import { z } from "zod";
import type { Checked, TemplateValues } from "../core/email.ts";
import { toProblems } from "./value-problems.ts";

// A Struct can say null where it means nothing.
const text = z.string().nullish();
const flag = z.boolean().nullish();

const channel = z.object({ name: z.string(), ok: z.boolean(), activity: text, error: text });

const step = z.object({
  kind: z.string(),
  target: text,
  state: text,
  channels: z.array(channel).nullish(),
  error: text,
});

const values = z.object({
  server: z.string().min(1),
  host: text,
  signal: z.enum(["DEAD", "LIVE", "CLOSE"]),
  time: text,
  term: text,
  because: text,
  reason: z.enum(["signal", "failback", "switchover"]).nullish(),
  group: text,
  monitor: text,
  resolved: flag,
  held: flag,
  heldBecause: text,
  actor: z.object({ name: text, reason: text }).nullish(),
  steps: z.array(step).nullish(),
});

export type SignalValues = z.infer<typeof values>;
export type SignalStep = z.infer<typeof step>;
export type SignalChannel = z.infer<typeof channel>;

/** Checks the values of a signal mail. */
export function checkSignalValues(given: TemplateValues): Checked<SignalValues> {
  const result = values.safeParse(given, { reportInput: false });
  if (result.success) return { isValid: true, value: result.data };
  return { isValid: false, problems: toProblems(result.error) };
}

// What stored readiness must look like to be believed: like record-schema.ts, for what people were
// told of it.

import { z } from "zod";
import type { ToldReadiness } from "../core/told-readiness.ts";
import { wallMs, whole } from "./record-schema.ts";

const problem = z.object({
  subject: z.string(),
  reason: z.string(),
  text: z.string(),
  sinceWallMs: wallMs,
});

export const readinessSchema: z.ZodType<ToldReadiness> = z.object({
  serverId: z.string(),
  problems: z.array(problem),
  over: z.array(problem),
  wallMs,
  mail: whole,
  isMailDue: z.boolean(),
});

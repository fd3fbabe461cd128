// What the monitor and the process that tries an expression tell each other: see xpath-trial.ts.

import { z } from "zod";

/** Memory of a trial. An honest switch needs next to none; the engine itself about 20 MB. */
export const memoryMegabytesMax = 64;

/** What is to be tried. */
export const trialRequest = z.object({
  expression: z.string(),
  documents: z.array(z.string()).readonly(),
});

/** How far a trial is. `ended` with an error, and `failed`: it has no verdict on the time. */
export const trialMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("began") }),
  z.object({ kind: z.literal("ended"), error: z.string(), slowestMs: z.number() }),
  z.object({ kind: z.literal("failed"), code: z.string(), error: z.string() }),
]);

export type TrialMessage = z.infer<typeof trialMessage>;

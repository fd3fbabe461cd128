// The process that tries an expression for xpath-trial.ts. The expression has a thread, so that
// this one hears when the monitor is gone, and a process, because an engine that runs out of memory
// inside one of its own functions ends the whole process instead of the thread.

import { Worker } from "node:worker_threads";
import { z } from "zod";
import { memoryMegabytesMax, type TrialMessage, trialRequest } from "./xpath-trial-messages.ts";

process.once("disconnect", () => process.exit());
process.once("message", (received) => {
  const worker = new Worker(new URL("./xpath-worker.ts", import.meta.url), {
    workerData: trialRequest.parse(received),
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytesMax },
  });
  worker.on("message", (told: TrialMessage) => tell(told));
  worker.on("error", (error: unknown) => tell({ kind: "failed", ...describe(error) }));
});

function tell(message: TrialMessage): void {
  process.send?.(message);
}

const coded = z.object({ code: z.string() });

function describe(error: unknown): { readonly code: string; readonly error: string } {
  const { data } = coded.safeParse(error);
  return { code: data?.code ?? "", error: error instanceof Error ? error.message : String(error) };
}

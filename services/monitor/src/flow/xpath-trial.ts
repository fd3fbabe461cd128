// Tries an expression in a thread of its own before it is trusted with the main thread, where it
// runs inside the decision DEAD: XPath can count to 100,000,000, and the monitor must not stall for
// it.

import { Worker } from "node:worker_threads";
import { z } from "zod";
import { Failure } from "@hot-backup/kit/errors.ts";
import { inspectExpression } from "./xpath.ts";

/** How long an expression may take on all sample documents together, compiling included. */
const trialMs = 1000;

/** How long it may take on one document once it is compiled. An honest switch takes 0.02 ms. */
const evaluationMsMax = 20;

/** How long the thread may take to start, on a machine that is busy with other things. */
const startMs = 20_000;

/**
 * Trials at the same time: each may burn one core for a second, and anybody can ask for one by
 * TestFlow.
 */
const trialsMax = 2;

/** Memory of the thread. An honest switch needs next to none; the engine itself about 20 MB. */
const memoryMegabytesMax = 64;

const message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("began") }),
  z.object({ kind: z.literal("ended"), error: z.string(), slowestMs: z.number() }),
]);

let trialsRunning = 0;

/**
 * Why an expression cannot be trusted, in words that follow "switch"; "" when it can. Throws a
 * Failure, reason TOO_MANY_TRIALS, when as many trials as allowed are running.
 */
export async function tryExpression(
  expression: string,
  documents: readonly string[],
): Promise<string> {
  const fault = inspectExpression(expression);
  if (fault !== "") return fault;
  if (trialsRunning >= trialsMax) {
    throw new Failure("exhausted", {
      message: `Cannot try the switch of a flow: ${trialsMax} trials are running`,
      reason: "TOO_MANY_TRIALS",
    });
  }
  trialsRunning += 1;
  try {
    return await runTrial(expression, documents);
  } finally {
    trialsRunning -= 1;
  }
}

async function runTrial(expression: string, documents: readonly string[]): Promise<string> {
  const worker = new Worker(new URL("./xpath-worker.ts", import.meta.url), {
    workerData: { expression, documents },
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytesMax },
  });
  try {
    return await judge(worker);
  } finally {
    await worker.terminate();
  }
}

function judge(worker: Worker): Promise<string> {
  return new Promise((resolve) => {
    const giveUp = (limitMs: number) => resolve(`must be decided within ${limitMs} ms`);
    let timer = setTimeout(giveUp, startMs, startMs);
    worker.on("message", (received: unknown) => {
      clearTimeout(timer);
      const told = message.parse(received);
      if (told.kind === "began") timer = setTimeout(giveUp, trialMs, trialMs);
      else if (told.slowestMs > evaluationMsMax) giveUp(evaluationMsMax);
      else resolve(told.error);
    });
    worker.on("error", (error: unknown) => {
      clearTimeout(timer);
      resolve(explain(error));
    });
    worker.on("exit", () => {
      clearTimeout(timer);
      resolve("cannot be tried: its thread ended without a word");
    });
  });
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return `cannot be tried: ${String(error)}`;
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return `must be decided within ${memoryMegabytesMax} MB of memory`;
  }
  return `cannot be tried: ${error.message}`;
}

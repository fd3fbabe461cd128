// Tries a flow that a stranger brings, away from the thread that answers heartbeats: to read what
// was written to be slow takes long enough to cost every server its lease.

import { Worker } from "node:worker_threads";
import { ConfigError, type ConfigProblem } from "@hot-backup/kit/config.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { Flow, Plan } from "../core/flow.ts";
import type { FlowPlace } from "./open-flow.ts";

/** What a flow would do, and where it can start channels at all. */
export interface TriedFlow extends Pick<Flow, "startTargets"> {
  readonly plan: Plan;
}

/** What the thread tells of the flow. */
export type FlowTold =
  | ({ readonly kind: "opened" } & TriedFlow)
  | { readonly kind: "refused"; readonly problems: readonly ConfigProblem[] };

/** How long a trial may take: to start a thread on a busy machine, and an XPath that is tried. */
const trialMs = 30_000;

/** Memory of a trial. Honest flows take a few megabytes, the readers of YAML and XPath forty. */
const memoryMegabytesMax = 128;

/** Trials at the same time: each takes one core while it lasts, and anybody can ask for one. */
const trialsMax = 2;

let trialsRunning = 0;

/**
 * Opens a flow and tells what it would do on a document. Throws ConfigError with every problem, and
 * a Failure, reason TOO_MANY_TRIALS, when as many trials as allowed are running.
 */
export async function tryFlow(
  text: string,
  given: { place: Omit<FlowPlace, "documents"> & { readonly name: string }; document: string },
): Promise<TriedFlow> {
  if (trialsRunning >= trialsMax) {
    throw new Failure("exhausted", {
      message: `Cannot try the flow: ${trialsMax} others are being tried`,
      reason: "TOO_MANY_TRIALS",
    });
  }
  trialsRunning += 1;
  const worker = new Worker(new URL("./flow-worker.ts", import.meta.url), {
    workerData: { text, ...given },
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytesMax },
    execArgv: [],
  });
  try {
    const told = await listen(worker);
    if (told.kind === "opened") return told;
    throw new ConfigError(told.problems);
  } catch (error) {
    if (!isExhausted(error)) throw error;
    throw overdone(given.place.name, `${memoryMegabytesMax} MB of memory`);
  } finally {
    await worker.terminate();
    trialsRunning -= 1;
  }

  function listen(from: Worker): Promise<FlowTold> {
    return new Promise((resolve, reject) => {
      const late = overdone(given.place.name, `${trialMs} ms`);
      const timer = setTimeout(() => reject(late), trialMs);
      from.on("message", (told: FlowTold) => resolve(told));
      from.on("error", (error: unknown) => reject(error));
      from.on("exit", () => clearTimeout(timer));
    });
  }
}

function overdone(where: string, limit: string): ConfigError {
  return new ConfigError([{ where, key: "", message: `must be read within ${limit}` }]);
}

function isExhausted(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}

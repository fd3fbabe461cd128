// Tries an expression in a process of its own before it is trusted with the main thread, where it
// runs inside the decision DEAD: XPath can count to 100,000,000, and the monitor must neither stall
// for it nor end by it.

import { type ChildProcess, fork } from "node:child_process";
import { Failure } from "@hot-backup/kit/errors.ts";
import { inspectExpression } from "./xpath.ts";
import { memoryMegabytesMax, trialMessage } from "./xpath-trial-messages.ts";

/** How long an expression may take on all sample documents together, compiling included. */
const trialMs = 1000;

/** How long it may take on one document once it is compiled. An honest switch takes 0.02 ms. */
const evaluationMsMax = 20;

/** How long the process may take to start, on a machine that is busy with other things. */
const startMs = 20_000;

/**
 * Trials at the same time: each may burn one core for a second, and anybody can ask for one by
 * TestFlow.
 */
const trialsMax = 2;

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
  const child = fork(new URL("./xpath-process.ts", import.meta.url), {
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  try {
    return await judge(child, { expression, documents });
  } finally {
    child.kill("SIGKILL");
    // A process that could not be started never exits: its error has told.
    if (child.pid !== undefined) await exited;
  }
}

function judge(child: ChildProcess, request: object): Promise<string> {
  return new Promise((resolve) => {
    const giveUp = (limitMs: number) => resolve(`must be decided within ${limitMs} ms`);
    let timer = setTimeout(giveUp, startMs, startMs);
    child.on("message", (received: unknown) => {
      clearTimeout(timer);
      const told = trialMessage.parse(received);
      if (told.kind === "began") timer = setTimeout(giveUp, trialMs, trialMs);
      else if (told.kind === "failed") resolve(explain(told));
      else if (told.slowestMs > evaluationMsMax) giveUp(evaluationMsMax);
      else resolve(told.error);
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve(`cannot be tried: ${error.message}`);
    });
    child.on("exit", (_, signal) => {
      clearTimeout(timer);
      // The engine and the kernel both end by a signal what takes too much memory.
      resolve(signal === null ? "cannot be tried: its process ended without a word" : overfull);
    });
    child.send(request);
  });
}

const overfull = `must be decided within ${memoryMegabytesMax} MB of memory`;

function explain({ code, error }: { readonly code: string; readonly error: string }): string {
  return code === "ERR_WORKER_OUT_OF_MEMORY" ? overfull : `cannot be tried: ${error}`;
}

// The thread that tries an expression, so that one that never ends can be ended from outside: see
// xpath-process.ts.

import { parentPort, workerData } from "node:worker_threads";
import { evaluateSwitch } from "./xpath.ts";
import { type TrialMessage, trialRequest } from "./xpath-trial-messages.ts";

const { expression, documents } = trialRequest.parse(workerData);

// The limit counts from here: a slow start of the thread is not the expression's fault.
tell({ kind: "began" });
tell(tryAll());

function tell(message: TrialMessage): void {
  parentPort?.postMessage(message, []);
}

function tryAll(): TrialMessage {
  try {
    for (const document of documents) evaluateSwitch(expression, document);
    const slowestMs = Math.max(...documents.map(quickestOfThree));
    return { kind: "ended", error: "", slowestMs };
  } catch (error) {
    return { kind: "ended", error: error instanceof Error ? error.message : "", slowestMs: 0 };
  }
}

// Compiled by now. The best of three tells what the expression costs, not what else the machine
// does.
function quickestOfThree(document: string): number {
  const durationsMs = [1, 2, 3].map(() => {
    const beganMs = performance.now();
    evaluateSwitch(expression, document);
    return performance.now() - beganMs;
  });
  return Math.min(...durationsMs);
}

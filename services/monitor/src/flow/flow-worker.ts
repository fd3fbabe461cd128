// The thread that opens a stranger's flow, so that none of the time that it takes is taken from
// heartbeats: see try-flow.ts.

import { parentPort, workerData } from "node:worker_threads";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { z } from "zod";
import { openFlowText } from "./open-flow.ts";
import type { FlowTold } from "./try-flow.ts";

const names = z.array(z.string());
const { text, document, place } = z
  .object({
    text: z.string(),
    document: z.string(),
    place: z.object({
      name: z.string(),
      folder: z.string(),
      targets: names,
      hasNotify: z.boolean(),
      serverIds: names,
    }),
  })
  .parse(workerData);

tell(await open());

function tell(told: FlowTold): void {
  parentPort?.postMessage(told, []);
}

async function open(): Promise<FlowTold> {
  try {
    const { flow } = await openFlowText(text, { ...place, documents: [document] });
    return { kind: "opened", plan: flow.plan(document), startTargets: flow.startTargets };
  } catch (error) {
    if (error instanceof ConfigError) return { kind: "refused", problems: error.problems };
    throw error;
  }
}

// The load generator seen from the process that measures: start it, order it, read its counts.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { type LoadOptions, type LoadOrder, type LoadReport, loadReport } from "./load-messages.ts";

/** A running load generator. */
export interface Load extends AsyncDisposable {
  readonly pid: number;
  order(order: LoadOrder): Promise<LoadReport>;
  /** Resolves when every server is connected and holds its lease: the steady state. */
  settle(withinMs: number): Promise<void>;
}

const program = fileURLToPath(new URL("load-generator.ts", import.meta.url));

/** Starts `options.servers` simulated servers in a process of their own. */
export function startLoad(options: LoadOptions): Load {
  const child = fork(program, [JSON.stringify(options)]);
  const order = (what: LoadOrder) => ask(child, what);
  return {
    pid: child.pid ?? 0,
    order,
    settle: (withinMs) => settle({ order, servers: options.servers, withinMs }),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

async function ask(child: ChildProcess, order: LoadOrder): Promise<LoadReport> {
  const died = new AbortController();
  const onExit = () => died.abort(new Error("Cannot measure: the load generator has ended"));
  child.once("exit", onExit);
  try {
    child.send(order);
    const answers: unknown[] = await once(child, "message", { signal: died.signal });
    return loadReport.parse(answers[0]);
  } finally {
    child.off("exit", onExit);
  }
}

async function settle(load: {
  order(order: LoadOrder): Promise<LoadReport>;
  servers: number;
  withinMs: number;
}): Promise<void> {
  let last: LoadReport | undefined;
  try {
    await waitFor(
      "every simulated server to hold its lease",
      async () => {
        last = await load.order("tell");
        return last.leased === load.servers && last.unfit === 0;
      },
      { withinMs: load.withinMs, everyMs: 200 },
    );
  } catch (error) {
    const told = JSON.stringify(last);
    throw new Error(`Cannot bring the load to its steady state: ${told}`, { cause: error });
  }
}

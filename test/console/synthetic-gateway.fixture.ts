// The synthetic gateway of the console as a process: what no pair of real services can show.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(
  new URL("../../clients/console/src/synthetic-gateway.fixture.ts", import.meta.url),
);

export interface SyntheticGateway extends AsyncDisposable {
  readonly url: string;
  /** Ends it without a word, as a crash does. */
  kill(): Promise<void>;
}

/** `scene` is one of the gateway's own; `port` is one that it had before. */
export async function startSyntheticGateway(scene: string, port = 0): Promise<SyntheticGateway> {
  const child: ChildProcess = spawn(process.execPath, [program, scene, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("The synthetic gateway has no output");
  const [url] = await once(createInterface(child.stdout), "line");
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return { url: String(url), kill, [Symbol.asyncDispose]: kill };
}

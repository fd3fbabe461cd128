// The service as a process of its own: started on a free port, stopped or killed at will.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** A running service. */
export interface NotifyProcess {
  readonly address: string;
  /** Everything it has written so far. */
  readonly lines: readonly string[];
  /** Sends a signal and resolves with the exit code; null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const logLine = z.object({ msg: z.string(), address: z.string().optional() });

/** Runs main.ts with these arguments; both outputs are pipes. */
export function spawnMain(...options: readonly string[]) {
  return spawn(process.execPath, [main, ...options], { stdio: ["ignore", "pipe", "pipe"] });
}

/** Resolves when the service listens; rejects with all that it wrote when it ends before. */
export async function startNotifyProcess(configFile: string): Promise<NotifyProcess> {
  const child = spawnMain("--config", configFile);
  const lines: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`exited with ${code}: ${lines.join("\n")}`)));
    createInterface(child.stderr).on("line", (line) => lines.push(line));
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      const entry = logLine.parse(JSON.parse(line));
      if (entry.msg === "Listening") resolve(entry.address ?? "");
    });
  });
  return { address, lines, end: (signal) => endProcess(child, signal) };
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}

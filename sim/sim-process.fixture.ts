// The simulator as people start it: a process of its own, because a rule that is switched off in a
// core is so for all of a process.

import { execFile } from "node:child_process";
import { join } from "node:path";

const program = join(import.meta.dirname, "main.ts");

/** Longer than any story of a test takes on a busy machine. */
const timeoutMs = 150_000;

export interface SimExit {
  readonly code: number;
  readonly output: string;
}

/** Runs it to its end. */
export function runSim(words: readonly string[]): Promise<SimExit> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, [program, ...words], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

// Runs a program of the operator's: a step of a flow, or a fence.

import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";

/** The end of what a program wrote to stderr; only its last line is told. */
const stderrCharactersMax = 4096;

/** How long the end of stderr may lag behind the exit: a grandchild may hold the pipe open. */
const drainMs = 100;

/**
 * Runs a program without a shell and takes exit code 0 for success. Resolves to "" or to why it
 * failed; never rejects. At the timeout or abort SIGKILL goes to its whole process group. It sees a
 * minimal environment (PATH, HOME, LANG) and what it is given, none of the monitor's own.
 */
export async function runCommand(
  request: {
    command: readonly string[];
    environment: Readonly<Record<string, string>>;
    timeoutMs: number;
  },
  signal: AbortSignal,
): Promise<string> {
  const what = `Cannot run "${request.command[0] ?? ""}"`;
  if (signal.aborted) return `${what}: it was cancelled`;
  const timeout = AbortSignal.timeout(request.timeoutMs);
  try {
    const exit = await runGroup(request, AbortSignal.any([signal, timeout]));
    if (exit.code === 0) return "";
    if (signal.aborted) return `${what}: it was cancelled`;
    if (timeout.aborted) return `${what}: it took longer than ${request.timeoutMs} ms`;
    return `${what}: ${explain(exit)}`;
  } catch (error) {
    return `${what}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

interface Exit {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stderr: string;
}

function explain({ code, killedBy, stderr }: Exit): string {
  const ending = killedBy === null ? `it exited with code ${code}` : `${killedBy} ended it`;
  const lastLine = stderr.trimEnd().split("\n").at(-1)?.trim() ?? "";
  return lastLine === "" ? ending : `${ending}: ${lastLine}`;
}

/** Runs the program in a process group of its own. Rejects when it cannot be started. */
async function runGroup(
  request: { command: readonly string[]; environment: Readonly<Record<string, string>> },
  stop: AbortSignal,
): Promise<Exit> {
  const [program = "", ...rest] = request.command;
  const { PATH, HOME, LANG } = process.env;
  const child = spawn(program, rest, {
    detached: true,
    env: { PATH, HOME, LANG, ...request.environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const kill = () => killGroup(child);
  stop.addEventListener("abort", kill, { once: true });
  try {
    return await waitForExit(child);
  } finally {
    stop.removeEventListener("abort", kill);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

async function waitForExit(child: ChildProcess): Promise<Exit> {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-stderrCharactersMax);
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const exit = await new Promise<Omit<Exit, "stderr">>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, killedBy) => resolve({ code, killedBy }));
  });
  await Promise.race([closed, wait(drainMs)]);
  child.stderr?.destroy();
  return { ...exit, stderr };
}

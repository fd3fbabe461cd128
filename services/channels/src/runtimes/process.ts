// The runtime `process`: a channel is a program in a process group of its own, under a guard. The
// program starts only once its guard is in place, and a run is gone only when no process of it is
// left.

import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import type { Clock } from "@hot-backup/kit/clock.ts";
import type { Launch, Run, RunListener, Runtime } from "../ports.ts";
import { marksOf, type ProgramSettings, programOptions, requireProgram } from "./environment.ts";
import { type Guard, type Guards, openGuards } from "./guard.ts";
import { killUntilGone, readCommandLine, signalGroup } from "./processes.ts";

/**
 * Waits for the word on descriptor 3 and becomes the program. Without the word it ends: nothing has
 * started.
 */
const launcher = 'read -r go <&3 && exec "$@" 3<&-';

/** How long output may still come after the last process is gone: its pipe is closed by then. */
const outputGraceMs = 200;

/** Longest timer that Node takes. */
const timerMsMax = 2 ** 31 - 1;

/** Runs programs. Rejects when bash, which guards need, cannot be started. */
export async function openProcessRuntime(
  options: ProgramSettings & { clock: Clock },
): Promise<Runtime> {
  const guards = await openGuards();
  const runs = new Set<ProcessRun>();
  return {
    clearEarlierLife: () =>
      killUntilGone({ processGroup: undefined, marks: marksOf(options.storeId) }),
    launch: (launch, listener) => {
      const run = new ProcessRun(launch, { ...options, guards, listener });
      runs.add(run);
      void run.ended.then(() => runs.delete(run));
      return run;
    },
    close: async () => {
      for (const run of runs) run.stop(0);
      await Promise.all([...runs].map((run) => run.ended));
      guards.close();
    },
  };
}

interface RunContext extends ProgramSettings {
  readonly clock: Clock;
  readonly guards: Guards;
  readonly listener: RunListener;
}

/** One run: from the launcher to the last process of the group. */
class ProcessRun implements Run {
  /** Resolves after `onGone` was told. */
  readonly ended: Promise<void>;
  readonly #launch: Launch;
  readonly #context: RunContext;
  #child: ChildProcess | undefined;
  #guard: Guard | undefined;
  #guardKillAtMs: number | undefined;
  #stopAtMs = Infinity;
  #killTimer: NodeJS.Timeout | undefined;
  #hasProgram = false;
  #lostGuard = false;

  constructor(launch: Launch, context: RunContext) {
    this.#launch = launch;
    this.#context = context;
    this.#guardKillAtMs = launch.killAtMs;
    this.ended = this.#live().then((reason) => context.listener.onGone(reason));
  }

  setKillAt(killAtMs: number): void {
    this.#guardKillAtMs = killAtMs;
    this.#guard?.setKillAt(killAtMs);
  }

  stop(killAtMs: number): void {
    const isFirst = this.#stopAtMs === Infinity;
    if (killAtMs >= this.#stopAtMs) return;
    this.#stopAtMs = killAtMs;
    // A program that has not begun has nothing to finish.
    if (!this.#hasProgram) this.#kill();
    else if (isFirst) this.#signal(toSignal(this.#launch.definition.stop.signal));
    this.#armKill();
  }

  // Resolves with the reason of its end when nothing is left.
  async #live(): Promise<string> {
    const { definition } = this.#launch;
    const marks = marksOf(this.#context.storeId, definition.name);
    let reason: string;
    try {
      const child = this.#spawn();
      this.#child = child;
      const outputs = this.#forwardOutput(child);
      const ended = endOf(child);
      const began = this.#begin(child);
      reason = await ended;
      if (this.#lostGuard) reason = "its guard was lost";
      await killUntilGone({ processGroup: child.pid, marks });
      reason = (await began) ?? reason;
      await this.#guard?.dismiss();
      await Promise.race([outputs, delay(outputGraceMs)]);
      child.stdout?.destroy();
      child.stderr?.destroy();
    } catch (error) {
      reason = `cannot start: ${error instanceof Error ? error.message : String(error)}`;
    }
    clearTimeout(this.#killTimer);
    return reason;
  }

  #spawn(): ChildProcess {
    const { definition, order } = this.#launch;
    const { command } = definition.runtime;
    const options = programOptions(this.#context, { definition, order });
    requireProgram(command[0] ?? "", options);
    return spawn("/bin/sh", ["-c", launcher, "hot-backup-launch", ...command], {
      ...options,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
  }

  // Puts the guard in place, and only then lets the program begin. Resolves with what went wrong.
  async #begin(child: ChildProcess): Promise<string | undefined> {
    const go = child.stdio[3];
    if (child.pid === undefined || !isDuplex(go)) return undefined;
    // The pipe breaks when the launcher is killed before its word; its end is told by the exit.
    go.on("error", () => undefined);
    try {
      const guarded = {
        processGroup: child.pid,
        storeId: this.#context.storeId,
        channel: this.#launch.definition.name,
        killAtMs: this.#guardKillAtMs,
      };
      const placed = await this.#context.guards.place(guarded, () => this.#onGuardLost());
      this.#guard = placed;
      if (this.#guardKillAtMs !== undefined) placed.setKillAt(this.#guardKillAtMs);
    } catch (error) {
      this.#kill();
      return error instanceof Error ? error.message : String(error);
    }
    if (this.#stopAtMs !== Infinity || this.#lostGuard) return undefined;
    go.end("go\n");
    go.resume();
    await closed(go);
    if (await becameProgram(child)) {
      this.#hasProgram = true;
      if (this.#stopAtMs === Infinity) this.#context.listener.onRunning(child.pid);
      else this.#kill();
    }
    return undefined;
  }

  #onGuardLost(): void {
    this.#lostGuard = true;
    this.#kill();
  }

  #armKill(): void {
    clearTimeout(this.#killTimer);
    const leftMs = this.#stopAtMs - this.#context.clock.bootMs();
    if (leftMs <= 0) return this.#kill();
    const again = () => this.#armKill();
    this.#killTimer = setTimeout(again, Math.min(leftMs, timerMsMax));
  }

  #kill(): void {
    this.#signal("SIGKILL");
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) signalGroup(pid, signal);
  }

  async #forwardOutput(child: ChildProcess): Promise<void> {
    const forward = async (source: "stdout" | "stderr") => {
      const stream = child[source];
      if (stream === null) return;
      // Reading waits for the log, so that output waits in the pipe and not in memory.
      for await (const bytes of stream) {
        if (Buffer.isBuffer(bytes)) await this.#context.listener.onOutput(source, bytes);
      }
    };
    await Promise.allSettled([forward("stdout"), forward("stderr")]);
  }
}

// Resolves with the reason when the launcher or the program that it became has ended; rejects when
// it never was.
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(signal === null ? `exited with code ${code}` : `killed by ${signal}`);
    });
  });
}

// The launcher closes the descriptor an instant before it becomes the program; a failed exec ends
// it instead.
async function becameProgram(child: ChildProcess): Promise<boolean> {
  const { pid } = child;
  if (pid === undefined) return false;
  while (child.exitCode === null && child.signalCode === null) {
    const commandLine = readCommandLine(pid);
    if (commandLine !== "" && !commandLine.includes(launcher)) return true;
    await delay(1);
  }
  return false;
}

function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.once("end", resolve);
    stream.once("close", resolve);
  });
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function isDuplex(stream: unknown): stream is Duplex {
  return typeof stream === "object" && stream !== null && "write" in stream && "read" in stream;
}

// Definitions name signals as text; the list of core/definition.ts is all that can come here.
function toSignal(name: string): NodeJS.Signals {
  switch (name) {
    case "SIGINT":
    case "SIGQUIT":
    case "SIGHUP":
    case "SIGUSR1":
    case "SIGUSR2":
    case "SIGKILL":
      return name;
    default:
      return "SIGTERM";
  }
}

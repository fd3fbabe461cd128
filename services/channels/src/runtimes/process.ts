// The runtime `process`: a channel is a program in a process group of its own, under a guard. The
// program starts only once its guard is in place, and a run is gone only when no process of it is
// left.

import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Clock } from "@hot-backup/kit/clock.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import type { GuardCounts, Launch, Run, RunListener, Runtime } from "../ports.ts";
import { awaitGone, type Clearing, killUntilGone } from "./clearing.ts";
import { marksOf, type ProgramSettings } from "./environment.ts";
import { type Guard, type Guards, openGuards } from "./guard.ts";
import { endOf, giveWord, spawnLauncher } from "./launcher.ts";
import { signalGroup } from "./processes.ts";
import { StartChecker } from "./start-check.ts";

/** How long output may still come after the last process is gone: its pipe is closed by then. */
const outputGraceMs = 200;

/** Longest timer that Node takes. */
const timerMsMax = 2 ** 31 - 1;

/** Runs programs. Rejects when bash, which guards need, cannot be started. */
export async function openProcessRuntime(
  options: ProgramSettings & { clock: Clock; log: Logger },
): Promise<Runtime & { readonly guards: GuardCounts }> {
  const guards = await openGuards();
  const runs = new Set<ProcessRun>();
  const checker = new StartChecker(options);
  return {
    guards: guards.counts,
    clearEarlierLife: () => {
      const kin = { processGroup: undefined, marks: marksOf(options.storeId) };
      return killUntilGone({ kin, log: options.log, of: "an earlier life" });
    },
    launch: (launch, listener) => {
      const run = new ProcessRun(launch, { ...options, guards, listener });
      runs.add(run);
      void run.ended.then(() => runs.delete(run));
      return run;
    },
    check: (definitions) => checker.check(definitions),
    close: async () => {
      for (const run of runs) run.stop(0);
      await Promise.all([...runs].map((run) => run.ended));
      guards.close();
    },
  };
}

interface RunContext extends ProgramSettings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly guards: Guards;
  readonly listener: RunListener;
}

/** One run: from the launcher to the last process of the group. */
class ProcessRun implements Run {
  /** Resolves after `onGone` was told. */
  readonly ended: Promise<void>;
  readonly #launch: Launch;
  readonly #context: RunContext;
  readonly #runId = randomUUID();
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
    const { definition, order, traceparent } = this.#launch;
    let child: ChildProcess;
    let ended: Promise<string>;
    try {
      const runId = this.#runId;
      child = spawnLauncher(this.#context, { definition, order, traceparent, runId });
      ended = endOf(child);
      this.#child = child;
      if (child.pid === undefined) await ended;
    } catch (error) {
      return `cannot start: ${describe(error)}`;
    }
    // From here on there may be processes: it is over only when none is left, whatever happens.
    const outputs = this.#forwardOutput(child);
    const began = this.#begin(child);
    let reason = await ended;
    if (this.#lostGuard) reason = "its guard was lost";
    await this.#clear(child);
    reason = (await began) ?? reason;
    await this.#guard?.dismiss();
    await Promise.race([outputs, delay(outputGraceMs)]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    clearTimeout(this.#killTimer);
    return reason;
  }

  // What a stop finds still at work has its time until the stop is over, although the program that
  // was started first has gone. When nobody asked, what it left is killed at once.
  async #clear(child: ChildProcess): Promise<void> {
    const { definition } = this.#launch;
    const { storeId, log, clock } = this.#context;
    const kin = { processGroup: child.pid, marks: marksOf(storeId, definition.name) };
    const clearing: Clearing = { kin, log, of: definition.name };
    if (this.#stopAtMs !== Infinity && this.#hasProgram) {
      const leftMs = () => (this.#lostGuard ? 0 : this.#stopAtMs - clock.bootMs());
      const signal = toSignal(definition.stop.signal);
      if (await awaitGone(clearing, { signal, leftMs })) return;
    }
    await killUntilGone(clearing);
  }

  // Puts the guard in place, and only then lets the program begin. Resolves with what went wrong.
  async #begin(child: ChildProcess): Promise<string | undefined> {
    if (child.pid === undefined) return undefined;
    try {
      const guarded = {
        processGroup: child.pid,
        storeId: this.#context.storeId,
        channel: this.#launch.definition.name,
        runId: this.#runId,
        killAtMs: this.#guardKillAtMs,
      };
      const placed = await this.#context.guards.place(guarded, () => this.#onGuardLost());
      this.#guard = placed;
      if (this.#guardKillAtMs !== undefined) placed.setKillAt(this.#guardKillAtMs);
      if (this.#stopAtMs !== Infinity || this.#lostGuard) return undefined;
      if (!(await giveWord(child))) return undefined;
    } catch (error) {
      this.#kill();
      return describe(error);
    }
    this.#hasProgram = true;
    if (this.#stopAtMs === Infinity) this.#context.listener.onRunning(child.pid);
    else this.#kill();
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

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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

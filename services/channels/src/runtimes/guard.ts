// Guards: tiny processes apart from this one that kill a channel when its instant comes or this
// process is gone (R3). A few are kept ready, so that a start does not wait for the start of
// a guard.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { GuardCounts } from "../ports.ts";

const script = readFileSync(fileURLToPath(new URL("guard.sh", import.meta.url)), "utf8");

/**
 * How long a new guard may take to say that it is ready. Milliseconds are usual; a starved machine
 * takes longer.
 */
const readyWithinMs = 10_000;

/** The same for a spare one, which is started already: it is frozen when it takes longer. */
const spareReadyWithinMs = 100;

/** How long a dismissed guard may take to go; one that is frozen is killed then. */
const dismissWithinMs = 1_000;

/** Most instants that a guard may leave unanswered: some seconds of renewals. */
const unansweredMax = 32;

/** What a guard watches over. */
export interface Guarded {
  readonly processGroup: number;
  readonly storeId: string;
  readonly channel: string;
  /** Id of the run, as its processes carry it. */
  readonly runId: string;
  /** Instant since boot at which it kills; undefined: only when this process is gone. */
  readonly killAtMs: number | undefined;
}

/** A guard on duty. */
export interface Guard {
  /** Moves the instant at which it kills. */
  setKillAt(killAtMs: number): void;
  /**
   * Ends it: nothing of the channel is left. Resolves when it is gone, so that it never meets a
   * later run.
   */
  dismiss(): Promise<void>;
}

/** Where guards come from. */
export interface Guards {
  readonly counts: GuardCounts;
  /**
   * Puts a guard in place; `onLost` is called when it ends without being dismissed. Rejects when it
   * cannot.
   */
  place(guarded: Guarded, onLost: () => void): Promise<Guard>;
  /** Lets the spare ones go. */
  close(): void;
}

/** Guards that wait for work: as many as channels usually start at once. */
const sparesMax = 3;

/** How long after a start new spare guards are made, so that they do not slow that start down. */
const refillAfterMs = 20;

/** The same after one was lost: whatever ended it may end the next one too. */
const refillAfterLossMs = 1_000;

/** Guards run by bash. Rejects when there is no bash. */
export async function openGuards(): Promise<Guards> {
  await requireBash();
  const spares = new Set<ChildProcess>();
  let isClosed = false;
  const addSpare = () => {
    const spare = hire();
    spares.add(spare);
    void endOf(spare).then(() => {
      if (spares.delete(spare)) setTimeout(refill, refillAfterLossMs).unref();
    });
  };
  const refill = () => {
    while (!isClosed && spares.size < sparesMax) addSpare();
  };
  refill();
  const counts = { onDuty: 0, lost: 0 };
  const count = (child: ChildProcess) => {
    counts.onDuty += 1;
    void endOf(child).then(() => (counts.onDuty -= 1));
  };
  return {
    counts,
    place: async (guarded, tellLost) => {
      const onLost = () => {
        counts.lost += 1;
        tellLost();
      };
      const [spare] = spares;
      setTimeout(refill, refillAfterMs).unref();
      if (spare !== undefined) {
        spares.delete(spare);
        const placed = await putOnDuty(spare, guarded, { onLost, withinMs: spareReadyWithinMs });
        if (!(placed instanceof Error)) {
          count(spare);
          return placed;
        }
      }
      const hired = hire();
      const placed = await putOnDuty(hired, guarded, { onLost, withinMs: readyWithinMs });
      if (placed instanceof Error) throw placed;
      count(hired);
      return placed;
    },
    close: () => {
      isClosed = true;
      for (const spare of spares) spare.stdin?.end();
    },
  };
}

// In a session of its own, with nothing in its arguments that points to the channels service:
// whatever stops or freezes that service by name or group leaves its guards alone.
function hire(): ChildProcess {
  const guard = spawn("bash", ["--norc", "--noprofile", "-c", script, "hot-backup-guard"], {
    cwd: "/",
    detached: true,
    env: { PATH: process.env["PATH"] },
    stdio: ["pipe", "pipe", "ignore"],
  });
  guard.unref();
  if (guard.pid !== undefined) favour(guard.pid);
  // Failures show as the end of the guard; a closed pipe must not throw as well.
  guard.on("error", () => undefined);
  guard.stdin?.on("error", () => undefined);
  return guard;
}

// On a starved machine the guard must get its turn before what it guards. Only root may ask for
// that.
function favour(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGH);
  } catch {
    // It keeps the usual priority.
  }
}

// Resolves with an Error for a guard that cannot be used. That one is killed: it knows the process
// group, and must not act on it later.
async function putOnDuty(
  guard: ChildProcess,
  guarded: Guarded,
  how: { onLost: () => void; withinMs: number },
): Promise<Guard | Error> {
  const { processGroup, storeId, channel, runId, killAtMs } = guarded;
  const words = [processGroup, storeId, channel, runId, printInstant(killAtMs)];
  guard.stdin?.write(`${words.join(" ")}\n`);
  const problem = await findProblem(guard, how.withinMs);
  if (problem !== undefined) {
    guard.kill("SIGKILL");
    return new Error(`cannot start a guard: ${problem}`);
  }
  let isDismissed = false;
  let unanswered = 0;
  guard.stdout?.on("data", (answers: Buffer) => (unanswered -= answers.length));
  const ended = endOf(guard).then(() => {
    if (!isDismissed) how.onLost();
  });
  return {
    setKillAt: (atMs) => {
      guard.stdin?.write(`${printInstant(atMs)}\n`);
      unanswered += 1;
      // A guard that does not read is none: its end is that of the channel.
      if (unanswered > unansweredMax) guard.kill("SIGKILL");
    },
    dismiss: async () => {
      isDismissed = true;
      guard.stdin?.end("done\n");
      const cut = setTimeout(() => guard.kill("SIGKILL"), dismissWithinMs);
      await ended;
      clearTimeout(cut);
    },
  };
}

// Its first output says that it is ready; undefined then.
async function findProblem(guard: ChildProcess, withinMs: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  guard.stdout?.once("data", () => resolve(undefined));
  void endOf(guard).then(() => resolve("bash ended"));
  const late = setTimeout(() => resolve(`it was not ready within ${withinMs} ms`), withinMs);
  const problem = await promise;
  clearTimeout(late);
  return problem;
}

// Resolves when it is gone, or never was.
function endOf(guard: ChildProcess): Promise<void> {
  if (guard.exitCode !== null || guard.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    guard.once("exit", () => resolve());
    guard.once("error", () => {
      if (guard.pid === undefined) resolve();
    });
  });
}

function printInstant(killAtMs: number | undefined): string {
  return killAtMs === undefined ? "none" : String(Math.floor(killAtMs));
}

async function requireBash(): Promise<void> {
  try {
    await once(spawn("bash", ["-c", ""], { stdio: "ignore" }), "exit");
  } catch (error) {
    throw new Failure("unavailable", {
      message: "Cannot start the guards of channels: there is no bash on the PATH",
      reason: "NO_BASH",
      cause: error,
    });
  }
}

// Guards: tiny processes apart from this one that kill a channel when its instant comes or this
// process is gone (design R3). A few are kept ready, so that a start does not wait for the start of
// a guard.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { Failure } from "@hot-backup/kit/errors.ts";

const script = readFileSync(fileURLToPath(new URL("guard.sh", import.meta.url)), "utf8");

/**
 * How long a guard may take to say that it is ready. Milliseconds are usual; a starved machine
 * takes longer.
 */
const readyWithinMs = 10_000;

/** How long a dismissed guard may take to go; one that is frozen is killed then. */
const dismissWithinMs = 1_000;

/** Most bytes that may wait for a guard beyond what its pipe takes: dozens of renewals. */
const unreadBytesMax = 1_024;

/** What a guard watches over. */
export interface Guarded {
  readonly processGroup: number;
  readonly storeId: string;
  readonly channel: string;
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

/** Guards run by bash. Rejects when there is no bash. */
export async function openGuards(): Promise<Guards> {
  await requireBash();
  const spares: ChildProcess[] = [];
  let isClosed = false;
  const refill = () => {
    while (!isClosed && spares.length < sparesMax) spares.push(hire());
  };
  refill();
  return {
    place: async (guarded, onLost) => {
      const guard = spares.shift();
      setTimeout(refill, refillAfterMs).unref();
      return putOnDuty(guard?.exitCode === null ? guard : hire(), guarded, onLost);
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

async function putOnDuty(
  guard: ChildProcess,
  guarded: Guarded,
  onLost: () => void,
): Promise<Guard> {
  const { processGroup, storeId, channel, killAtMs } = guarded;
  guard.stdin?.write(`${processGroup} ${storeId} ${channel} ${printInstant(killAtMs)}\n`);
  await readiness(guard);
  let isDismissed = false;
  const ended = once(guard, "exit").then(() => {
    if (!isDismissed) onLost();
  });
  return {
    setKillAt: (atMs) => {
      guard.stdin?.write(`${printInstant(atMs)}\n`);
      // A guard that does not read is none: its end is that of the channel.
      if ((guard.stdin?.writableLength ?? 0) > unreadBytesMax) guard.kill("SIGKILL");
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

// Its first output is "ready"; its end without output is a failure.
async function readiness(guard: ChildProcess): Promise<void> {
  const giveUp = AbortSignal.timeout(readyWithinMs);
  const { stdout } = guard;
  if (stdout === null || guard.exitCode !== null)
    throw new Error("cannot start a guard: bash ended");
  const ended = new AbortController();
  try {
    await Promise.race([
      once(stdout, "data", { signal: AbortSignal.any([giveUp, ended.signal]) }),
      once(guard, "exit", { signal: ended.signal }).then(() => {
        throw new Error("cannot start a guard: bash ended");
      }),
    ]);
  } finally {
    ended.abort();
  }
  stdout.resume();
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

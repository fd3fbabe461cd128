// Sees processes out: waits for them to go, or kills them until none is left. Whether any is left
// is believed only after two looks, and a look that fails is no look.

import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@hot-backup/kit/log.ts";
import {
  findKin,
  isLiveMember,
  type Kin,
  readCommandLine,
  signalGroup,
  signalOne,
} from "./processes.ts";

/** Pauses between two looks: short at first, because a killed process is usually gone at once. */
const pausesMs = { first: 1, max: 50 } as const;

/** When it is first said that processes do not go, and how often again. */
const complaints = { firstMs: 5_000, everyMs: 60_000 } as const;

/** Most processes that a complaint names, and most of the command of each. */
const namedMax = 10;
const commandCharactersMax = 200;

/**
 * A process that forks while it is looked for and ends can escape one look with its child, so that
 * nothing is left only when two looks in a row find nothing.
 */
const emptyLooks = 2;

export interface Clearing {
  readonly kin: Kin;
  readonly log: Logger;
  /** What the processes are of, for the log. */
  readonly of: string;
}

/** Kills again and again, until none is left. Tells how many it found. Never rejects. */
export async function killUntilGone(clearing: Clearing): Promise<number> {
  const { kin, log, of } = clearing;
  const killed = new Set<number>();
  let complainAtMs = performance.now() + complaints.firstMs;
  await look(clearing, (left) => {
    if (kin.processGroup !== undefined) signalGroup(kin.processGroup, "SIGKILL");
    for (const pid of left) {
      killed.add(pid);
      signalOne(pid, "SIGKILL");
    }
    if (left.length > 0 && performance.now() >= complainAtMs) {
      complainAtMs = performance.now() + complaints.everyMs;
      const named = left.slice(0, namedMax).map((pid) => ({ pid, command: nameOf(pid) }));
      log.warn({ of, processes: left.length, named }, "Killed processes do not go");
    }
    return Infinity;
  });
  return killed.size;
}

/**
 * Waits until none is left or the time is over. Who left the group did not get the signal of the
 * stop: it is asked here, once. Tells whether none is left; never rejects.
 */
export async function awaitGone(
  clearing: Clearing,
  stop: { signal: NodeJS.Signals; leftMs: () => number },
): Promise<boolean> {
  const { processGroup } = clearing.kin;
  const asked = new Set<number>();
  return look(clearing, (left) => {
    for (const pid of left) {
      if (asked.has(pid)) continue;
      asked.add(pid);
      const wasAsked = processGroup !== undefined && isLiveMember(pid, processGroup);
      if (!wasAsked) signalOne(pid, stop.signal);
    }
    return stop.leftMs();
  });
}

// Looks until nothing is left: true. `meet` is shown what is left, and says how long it will wait:
// false when that is over.
async function look(clearing: Clearing, meet: (left: number[]) => number): Promise<boolean> {
  let pauseMs: number = pausesMs.first;
  let hasFailed = false;
  let empty = 0;
  while (empty < emptyLooks) {
    let waitMs: number;
    try {
      const left = await findKin(clearing.kin);
      waitMs = meet(left);
      empty = left.length === 0 ? empty + 1 : 0;
    } catch (error) {
      if (!hasFailed)
        clearing.log.error({ err: error, of: clearing.of }, "Cannot look for processes");
      hasFailed = true;
      waitMs = meet([]);
      empty = 0;
    }
    if (waitMs <= 0) return false;
    await pause(Math.min(empty > 0 ? pausesMs.first : pauseMs, waitMs));
    pauseMs = Math.min(pauseMs * 2, pausesMs.max);
  }
  return true;
}

function nameOf(pid: number): string {
  try {
    return readCommandLine(pid).replaceAll("\0", " ").slice(0, commandCharactersMax);
  } catch {
    return "";
  }
}

// Whether what has to be stored for a start can be stored now: looked at from outside, because a
// write that has to wait for the disk would hold up the leases.

import { access, constants, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { StartProblem } from "../core/start-problem.ts";

/** Less than this left: stores and logs of a takeover would soon find no room. */
const freeBytesMin = 16 * 1024 * 1024;

/** How long one look may take: what asks for it counts on an answer soon after. */
const lookMsMax = 5_000;

/** What is told of disks that do not answer in time. */
const unfinished: StartProblem = {
  reason: "CHECK_UNFINISHED",
  text: "The disks of store and logs could not be looked at in time: one of them may hang",
};

/**
 * Looks again and again, each time within a bound. A look that hangs is not joined by another one:
 * each would hold one of the few threads that write the logs and find addresses, too.
 */
export function createRoomCheck(
  look: () => Promise<readonly StartProblem[]>,
  withinMs = lookMsMax,
): () => Promise<readonly StartProblem[]> {
  let underWay: Promise<readonly StartProblem[]> | undefined;
  return async () => {
    underWay ??= look().finally(() => {
      underWay = undefined;
    });
    const late = Promise.withResolvers<readonly StartProblem[]>();
    const timer = setTimeout(() => late.resolve([unfinished]), withinMs);
    try {
      return await Promise.race([underWay, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** What keeps anything from being stored. `store`: the file of the store. */
export async function lookAtRoom(given: {
  store: string;
  logsFolder: string;
}): Promise<readonly StartProblem[]> {
  const { store, logsFolder } = given;
  // One after the other: a disk that hangs takes one thread, not one for each question.
  const found = [
    await requireWritable(store, "STORE_NOT_WRITABLE"),
    await requireWritable(dirname(store), "STORE_NOT_WRITABLE"),
    await requireLogs(logsFolder),
    await requireFree(dirname(store)),
  ];
  return found.filter((each) => each !== undefined);
}

// The folder is made with the first line of the first log.
async function requireLogs(folder: string): Promise<StartProblem | undefined> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  return requireWritable(isThere ? folder : dirname(folder), "LOGS_NOT_WRITABLE");
}

async function requireWritable(
  path: string,
  reason: "STORE_NOT_WRITABLE" | "LOGS_NOT_WRITABLE",
): Promise<StartProblem | undefined> {
  try {
    await access(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return { reason, text: `${path} cannot be written: ${describe(error)}` };
  }
}

async function requireFree(folder: string): Promise<StartProblem | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    if (freeBytes >= freeBytesMin) return undefined;
    const mebibytes = Math.floor(freeBytes / (1024 * 1024));
    return { reason: "DISK_FULL", text: `${mebibytes} MiB are left on the disk of ${folder}` };
  } catch (error) {
    return { reason: "STORE_NOT_WRITABLE", text: `${folder} cannot be seen: ${describe(error)}` };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

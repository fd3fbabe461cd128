// Whether what has to be stored for a start can be stored now: looked at from outside, because a
// write that has to wait for the disk would hold up the leases.

import { access, constants, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { StartProblem } from "../core/start-problem.ts";

/** Less than this left: stores and logs of a takeover would soon find no room. */
const freeBytesMin = 16 * 1024 * 1024;

/** What keeps anything from being stored. `store`: the file of the store. */
export async function checkRoomOf(given: {
  store: string;
  logsFolder: string;
}): Promise<readonly StartProblem[]> {
  const { store, logsFolder } = given;
  const found = await Promise.all([
    requireWritable(store, "STORE_NOT_WRITABLE"),
    requireWritable(dirname(store), "STORE_NOT_WRITABLE"),
    requireLogs(logsFolder),
    requireFree(dirname(store)),
  ]);
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

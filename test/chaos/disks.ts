// Small disks under the stores, one each, that can be filled to the last byte and emptied again.

import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Stores that have a disk of their own. */
export const storeNames = ["journal", "primaryChannels", "backupChannels", "outbox"] as const;
export type StoreName = (typeof storeNames)[number];

/** Room for the stores of a bed many times over. */
const diskBytes = 24 * 1024 * 1024;

export interface Disk extends Disposable {
  readonly folder: string;
  /** Takes every byte that is left. Throws if the disk does not end in ENOSPC. */
  fill(): void;
  free(): void;
}

/** Mounts a disk. Needs a place with disks; otherwise opens a plain folder that is never full. */
export function openDisk(folder: string, isMounted: boolean): Disk {
  mkdirSync(folder, { recursive: true });
  if (isMounted) {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskBytes}`, "hot-backup-chaos", folder]);
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill: () => {
      if (!isMounted) throw new Error(`Cannot fill ${folder}: it has no disk of its own`);
      fillDisk(ballast);
    },
    free: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]: () => {
      // What still has a file open there has been killed, or is about to be.
      if (isMounted) execFileSync("umount", ["--lazy", folder]);
    },
  };
}

// In ever smaller pieces, so that nothing is left for anybody.
function fillDisk(file: string): void {
  const ballast = openSync(file, "a");
  try {
    for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 8)) {
      const piece = Buffer.alloc(bytes);
      let isFull = false;
      for (let pieces = 0; !isFull; pieces += 1) {
        if (pieces * bytes > diskBytes) throw new Error(`Cannot fill ${file}: it has no end`);
        isFull = !writes(ballast, piece);
      }
    }
  } finally {
    closeSync(ballast);
  }
}

// Whether there was room for all of it.
function writes(file: number, piece: Buffer): boolean {
  try {
    return writeSync(file, piece) === piece.length;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") return false;
    throw error;
  }
}

// Whether the files of an open store are still where they were opened. SQLite goes on writing to a
// file that was deleted or moved away, and a restart would know nothing of what was stored there.

import { statSync } from "node:fs";
import { Failure } from "./errors.ts";

/** The store itself, and what SQLite keeps beside it as long as it is open. */
const endings = ["", "-wal", "-shm"] as const;

/**
 * Remembers which files a store is made of. The returned function throws a Failure, STORE_REPLACED,
 * when one of them is not there any more, or is another one.
 */
export function watchStoreFiles(file: string): () => void {
  const opened = endings.map((ending) => ({
    path: `${file}${ending}`,
    place: placeOf(`${file}${ending}`),
  }));
  return () => {
    const lost = opened.find(({ path, place }) => placeOf(path) !== place);
    if (lost === undefined) return;
    throw new Failure("internal", {
      message:
        `Cannot write to the store ${file}: ${lost.path} was deleted, moved or replaced while it ` +
        "is in use; put the same file back, or stop the service and restore a copy",
      reason: "STORE_REPLACED",
    });
  };
}

/** Device and inode of a file, which no other has. Undefined: there is none. */
export function placeOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

// Run inside a place with disks: what a store says while its disk is full, and afterwards.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "@hot-backup/kit/sqlite.ts";
import { openDisk } from "./disks.ts";

const folder = mkdtempSync(join(tmpdir(), "full-disk-"));
{
  using disk = openDisk(join(folder, "disk"), true);
  using store = openDatabase(join(disk.folder, "store.db"), ["CREATE TABLE notes (text TEXT)"]);
  const note = store.prepare("INSERT INTO notes VALUES (?)");
  const write = () => {
    try {
      // Larger than what a page of the journal may have left.
      store.transact(() => note.run("x".repeat(10_000)));
      return "stored";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const before = write();
  disk.fill();
  const full = write();
  disk.free();
  const after = write();
  const count = store.prepare("SELECT count(*) AS n FROM notes").get()?.["n"];
  process.stdout.write(JSON.stringify({ before, full, after, count: Number(count) }));
}
rmSync(folder, { recursive: true });

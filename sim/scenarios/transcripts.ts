// The transcripts as they lie on the disk.

import { readdirSync } from "node:fs";

/** Names of the files, sorted. */
export function listTranscripts(): readonly string[] {
  const files = readdirSync(import.meta.dirname);
  return files.filter((file) => file.endsWith(".txt")).toSorted();
}

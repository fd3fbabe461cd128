// The digest of a definition: equal on two servers when they would run the same.

import { createHash } from "node:crypto";
import { canonical } from "./core/canonical.ts";
import type { Definition } from "./core/definition.ts";

/**
 * SHA-256 of the definition without its protection, in hex. `writtenDirectory`: the working
 * directory as the file has it, because what a relative one comes to depends on where the file
 * lies, and two servers keep theirs where they like.
 */
export function digestOf(
  { protectedBy: _, ...definition }: Definition,
  writtenDirectory = definition.runtime.workingDirectory,
): string {
  const runtime = { ...definition.runtime, workingDirectory: writtenDirectory };
  return digestOfText(canonical({ ...definition, runtime }));
}

/** Enough of a digest to tell two definitions apart, and small enough for every heartbeat. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 16);
}

/** SHA-256 of a text, in hex. */
export function digestOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

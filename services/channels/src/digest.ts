// The digest of a definition: equal on two servers when they would run the same.

import { createHash } from "node:crypto";
import type { Definition } from "./core/definition.ts";

/** SHA-256 of the definition without its protection, in hex. */
export function digestOf({ protectedBy: _, ...definition }: Definition): string {
  return digestOfText(canonical(definition));
}

/** SHA-256 of a text, in hex. */
export function digestOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** JSON with the keys of every object in order, so that equal values have equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

// Names made by hashing: the Message-ID of a letter, and the fingerprint that tells whether two
// requests under one key ask for the same mail.

import { createHash } from "node:crypto";
import type { Email, TemplateValue } from "./core/email.ts";

/**
 * Message-ID header, angle brackets included. The same key in the same store gives the same one in
 * every attempt, so a reader's mail program can drop what was delivered twice.
 */
export function messageIdOf(key: string, origin: { storeId: string; domain: string }): string {
  return `<${sha256(`${origin.storeId}\n${key}`).slice(0, 32)}@${origin.domain}>`;
}

/**
 * A hash of what was asked for, before templates: a template may change, a repeated request is
 * still the same.
 */
export function fingerprintOf({ to, cc, thread, content }: Email): string {
  const body =
    content.kind === "written"
      ? { written: [content.subject, content.text, content.html ?? ""] }
      : { template: [content.name, sortKeys(content.values)] };
  const people = [to, cc].map((list) => list.map(({ name, address }) => [name, address]));
  return sha256(JSON.stringify({ people, thread, ...body }));
}

// A Struct is a map: its order on the wire says nothing. Pairs, so that no key can be taken for a
// prototype.
function sortKeys(value: TemplateValue): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { map: entries.map(([key, each]) => [key, sortKeys(each)]) };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

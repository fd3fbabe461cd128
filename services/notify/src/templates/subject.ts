// Subjects from values: one line, however the values look, and never longer than a subject may be.

import { subjectCharsMax } from "../core/email.ts";

/** One line of at most the allowed length. Line breaks and control characters become spaces. */
export function toSubject(text: string): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll(/ {2,}/g, " ")
    .trim();
  const characters = Array.from(line);
  if (characters.length <= subjectCharsMax) return line;
  return `${characters.slice(0, subjectCharsMax - 1).join("")}…`;
}

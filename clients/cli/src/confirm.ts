// Asking before something is done that stops channels or cannot be taken back: what will happen is
// shown first, and a word has to be typed that nobody types by accident.

import { createInterface } from "node:readline/promises";
import { Complaint, misuse } from "./complaint.ts";
import { exitCodes } from "./exit-code.ts";
import type { Session } from "./session.ts";

/** What is to be confirmed. */
export interface Question {
  /** What will happen, in lines. */
  readonly preview: readonly string[];
  /** The word to type. */
  readonly word: string;
  /** Whether it was confirmed on the command line. */
  readonly isConfirmed: boolean;
}

/** Shows what will happen and resolves when it is confirmed. Throws a Complaint when it is not. */
export async function confirm(session: Session, question: Question): Promise<void> {
  const { preview, word, isConfirmed } = question;
  const { output, surroundings } = session;
  output.beside(preview);
  if (isConfirmed) return;
  if (!surroundings.stdin.isTTY) {
    throw misuse(
      "Cannot ask for a confirmation: standard input is no terminal",
      "look at what would happen, then repeat the command with --yes",
    );
  }
  const typed = await ask(surroundings, `Type ${word} to go on: `);
  if (typed.trim() === word) return;
  throw new Complaint(`Not confirmed: "${word}" was not typed, and nothing was changed`, {
    exitCode: exitCodes.declined,
    reason: "NOT_CONFIRMED",
    next: "nothing, or repeat the command",
  });
}

// Ctrl-C and Ctrl-D are an answer too: no.
async function ask({ stdin, stderr }: Session["surroundings"], text: string): Promise<string> {
  stderr.write(text);
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    const { value } = await lines[Symbol.asyncIterator]().next();
    return typeof value === "string" ? value : "";
  } finally {
    lines.close();
    stdin.pause();
  }
}

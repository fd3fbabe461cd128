// One accepted message: its final content, and how far it is.

import { type Address, uniqueMailboxes } from "./address.ts";
import type { Written } from "./email.ts";
import type { Progress } from "./outbox.ts";

/** What never changes after acceptance. */
export interface Letter extends Written {
  readonly key: string;
  readonly messageId: string;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly thread: string;
  /** Message-ID of the first message of the thread, for all that follow it. */
  readonly inReplyTo: string | undefined;
  /** The header by which its readers find the trace that it belongs to. Empty: none was told. */
  readonly traceparent: string;
}

/** A letter in the ledger. */
export interface Message extends Letter {
  /** Rises with every acceptance. */
  readonly sequence: number;
  readonly progress: Progress;
}

/** Mailboxes of everybody who gets it, each once. */
export function recipientsOf(letter: Pick<Letter, "to" | "cc">): readonly string[] {
  return uniqueMailboxes(letter.to, letter.cc);
}

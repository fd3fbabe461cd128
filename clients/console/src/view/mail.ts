// Mail as the ledger of a notify service has it.

import type { Heard } from "./source.ts";

export type DeliveryState = "QUEUED" | "SENT" | "FAILED";

/** One message. `toldBy` is the server of the notify service; with `key` it names this view. */
export interface DeliveryView extends Heard {
  readonly key: string;
  readonly messageId: string;
  readonly state: DeliveryState;
  readonly recipients: readonly string[];
  readonly refusedRecipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly attempts: number;
  /** "": no attempt yet. */
  readonly lastAnswer: string;
  readonly acceptedAtMs: number | undefined;
  readonly settledAtMs: number | undefined;
  readonly nextAttemptAtMs: number | undefined;
  readonly thread: string;
  readonly asOfMs: number;
  readonly traceId: string;
}

/** One message that was asked for by its key. */
export interface MessageView extends DeliveryView {
  /**
   * Whether it was sent as HTML too. It is told at an address of its own, as a page that may run
   * nothing and load nothing: it was written by others.
   */
  readonly hasHtml: boolean;
}

/** The newest mail of one notify service: what the overview and the mail page show live. */
export interface MailView extends Heard {
  /** At most 50, newest first. */
  readonly newest: readonly DeliveryView[];
  /** Whether the SMTP server would take a message now. Undefined: not known yet. */
  readonly transport: TransportView | undefined;
}

/** Whether mail can go out. */
export interface TransportView {
  readonly answers: boolean;
  /** Why not. "": it answers. */
  readonly problem: string;
  readonly queued: number;
  readonly oldestQueuedMs: number | undefined;
  readonly asOfMs: number;
}

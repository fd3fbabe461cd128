// Whether a message goes into the outbox. A key names one message for ever.

/** What is stored under a key: a hash of the content that was asked for under it. */
export interface KnownKey {
  readonly fingerprint: string;
}

export type Acceptance = "accepted" | "repeated" | "key_reused" | "outbox_full";

/**
 * A known key is judged before the room: repeating a request is harmless even when the outbox is
 * full.
 */
export function judgeAcceptance(situation: {
  readonly fingerprint: string;
  readonly known: KnownKey | undefined;
  readonly queuedCount: number;
  readonly outboxMax: number;
}): Acceptance {
  const { known, fingerprint, queuedCount, outboxMax } = situation;
  if (known !== undefined) return known.fingerprint === fingerprint ? "repeated" : "key_reused";
  return queuedCount >= outboxMax ? "outbox_full" : "accepted";
}

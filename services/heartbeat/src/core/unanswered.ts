// The heartbeats of one stream that were sent and not answered yet, with the instants of their
// sending: a lease counts from there (R2). An answer takes its heartbeat and all before it away, so
// that none is used twice and none out of order.

/**
 * Most heartbeats that are remembered. A stream at the shortest interval is given up before it has
 * more.
 */
export const unansweredMax = 256;

/** One message that waits for its answer. */
export interface Sent {
  readonly sequence: number;
  /** Highest sequence that it acknowledged. 0: none, so that it proved no round trip. */
  readonly acknowledged: number;
  readonly nowMs: number;
  /**
   * Since the boot of the kernel, read before the message went out, rounded down: both are the safe
   * side.
   */
  readonly bootMs: number;
}

/** Messages in the order of their sequence. In health there is one at most. */
export type Unanswered = readonly Sent[];

/**
 * Remembers one more message. The oldest is forgotten beyond the maximum; an answer to it is then
 * ignored.
 */
export function remember(unanswered: Unanswered, sent: Sent): Unanswered {
  if (unanswered.length === 0) return [sent];
  const kept = unanswered.length < unansweredMax ? unanswered : unanswered.slice(1);
  return [...kept, sent];
}

/**
 * The message that an answer belongs to, and what stays unanswered. Undefined: unknown, or answered
 * before.
 */
export function takeAnswered(
  unanswered: Unanswered,
  sequence: number,
): { readonly sent: Sent; readonly rest: Unanswered } | undefined {
  const index = unanswered.findIndex((each) => each.sequence === sequence);
  const sent = unanswered[index];
  return sent === undefined ? undefined : { sent, rest: unanswered.slice(index + 1) };
}

// The fencing tokens of orders: which of two is newer, and which channels an order may touch.

/** The token of an order that a monitor gives on behalf of a watched server. */
export interface Order {
  readonly serverId: string;
  readonly term: bigint;
  /** The journal that counted the term: terms of two journals cannot be compared. */
  readonly journalId: string;
}

/** How an order stands to the highest one seen for its server. */
export type OrderAge = "newer" | "equal" | "stale";

/**
 * An equal term of another journal is stale: one of the two journals lost its memory (hazard 22).
 */
export function judgeOrder(order: Order, highest: Order | undefined): OrderAge {
  if (highest === undefined || order.term > highest.term) return "newer";
  const isSame = order.term === highest.term && order.journalId === highest.journalId;
  return isSame ? "equal" : "stale";
}

/** A name of a request, resolved: a channel, or why there is none to touch. */
export interface NamedChannel {
  readonly name: string;
  readonly refusedBecause: "UNKNOWN_CHANNEL" | "NOT_PROTECTED" | undefined;
}

/** What name matching needs to know of a channel. */
interface Candidate {
  readonly definition: { readonly name: string; readonly protectedBy: string | undefined };
}

/**
 * Channels that a list of names and prefixes means, each once, in the order of the list and of
 * names. Invariant (I7): with the server of an order, only channels that it protects come back
 * without a refusal.
 */
export function resolveNames(
  names: readonly string[],
  channels: ReadonlyMap<string, Candidate>,
  protectedBy: string | undefined,
): readonly NamedChannel[] {
  const found = new Map<string, NamedChannel>();
  const isTouchable = (channel: Candidate) =>
    protectedBy === undefined || channel.definition.protectedBy === protectedBy;
  const add = (name: string, refusedBecause: NamedChannel["refusedBecause"]) => {
    if (!found.has(name)) found.set(name, { name, refusedBecause });
  };
  for (const pattern of names) {
    if (pattern.endsWith("*")) {
      const prefix = pattern.slice(0, -1);
      const matches = [...channels.values()].filter(
        (each) => each.definition.name.startsWith(prefix) && isTouchable(each),
      );
      for (const name of matches.map((each) => each.definition.name).toSorted()) {
        add(name, undefined);
      }
      continue;
    }
    const channel = channels.get(pattern);
    if (channel === undefined) add(pattern, "UNKNOWN_CHANNEL");
    else add(pattern, isTouchable(channel) ? undefined : "NOT_PROTECTED");
  }
  return [...found.values()];
}

// StartChannels and StopChannels in a story: grpc/wishes.ts of the channels service. The answer
// comes when every channel is as ordered, or cannot be.

import {
  type Mark,
  type Outcome,
  startOutcome,
  stopOutcome,
} from "../../services/channels/src/core/outcome.ts";
import type { Verdict } from "../../services/channels/src/core/state.ts";
import type { ChannelOutcome } from "../../services/monitor/src/core/run-record.ts";
import type { OrderAnswer } from "../../services/monitor/src/ports.ts";
import type { ChannelsHost } from "./channels-host.ts";
import { toOutcome } from "./translate.ts";

export interface Wish {
  readonly kind: "start" | "stop";
  readonly serverId: string;
  readonly term: bigint;
  readonly journalId: string;
  readonly names: readonly string[];
}

export function followOrder(
  host: ChannelsHost,
  wish: Wish,
  respond: (answer: OrderAnswer) => void,
): void {
  if (!host.isServing) return respond({ kind: "failed", error: "the service is starting" });
  const { kind, serverId, term, journalId, names } = wish;
  const order = { serverId, term, journalId };
  const type = kind === "start" ? "start_asked" : "stop_asked";
  const because = `by order of term ${term}`;
  const { refusedBecause, verdicts, state } = host.tell({ type, names, order, because });
  if (!host.isServing) return;
  if (refusedBecause !== undefined) {
    const highest = state.orders.get(serverId);
    respond({
      kind: "stale",
      highestTerm: highest?.term ?? 0n,
      highestJournalId: highest?.journalId ?? "",
    });
    return;
  }
  const outcomeOf = kind === "start" ? startOutcome : stopOutcome;
  settle(host, { verdicts, marks: state.channels, outcomeOf, respond });
}

function settle(
  host: ChannelsHost,
  wait: {
    verdicts: readonly Verdict[];
    marks: ReadonlyMap<string, Mark>;
    outcomeOf: typeof startOutcome;
    respond: (answer: OrderAnswer) => void;
  },
): void {
  const { verdicts, marks, outcomeOf, respond } = wait;
  const ended = new Map<string, ChannelOutcome>();
  // Each channel's outcome is the first that shows: what becomes of it later is another story.
  const look = () => {
    const { channels } = host.current();
    for (const { name, refusedBecause } of verdicts) {
      if (ended.has(name)) continue;
      const channel = channels.get(name);
      const mark = marks.get(name);
      const outcome: Outcome | undefined = mark && outcomeOf(channel, mark);
      if (refusedBecause !== undefined) {
        ended.set(name, toOutcome(name, channel, { ok: false, error: refusedBecause }));
      } else if (outcome !== undefined) ended.set(name, toOutcome(name, channel, outcome));
    }
    if (ended.size < verdicts.length) return false;
    respond({ kind: "answered", channels: [...ended.values()] });
    return true;
  };
  if (!look()) host.listen(look);
}

// Stories without one rule, to show that its checker sees the loss. These are switched off at a
// border that the simulator itself provides; those of core-sabotages.ts in the core itself.

import type { News } from "../services/channels/src/loop.ts";
import type { State } from "../services/channels/src/core/state.ts";
import type { Decision } from "../services/heartbeat/src/core/decisions.ts";
import type { Heard } from "../services/monitor/src/core/heard.ts";
import type { Liveness } from "../services/monitor/src/core/liveness.ts";
import type { Answer } from "../services/monitor/src/core/answer.ts";
import type { OrderAnswer } from "../services/monitor/src/ports.ts";
import type { Random } from "./kernel/random.ts";
import type { Process } from "./kernel/process.ts";
import type { Sabotage } from "./sabotages.ts";

/** What a channels service is told. */
export function sabotageNews(sabotage: Sabotage | undefined, news: News, state: State): News {
  if (sabotage !== "no_term_check") return news;
  if (news.type !== "start_asked" && news.type !== "stop_asked") return news;
  if (news.order === undefined) return news;
  const highest = state.orders.get(news.order.serverId);
  const isStale = highest !== undefined && news.order.term < highest.term;
  return isStale ? { ...news, order: highest } : news;
}

/** What a heartbeat service asks of its channels service. */
export function sabotageDecision(
  sabotage: Sabotage | undefined,
  decision: Decision,
  at: { readonly process: Process; readonly leaseMs: number },
): Decision {
  if (decision.kind !== "renew") return decision;
  const { machine } = at.process;
  if (sabotage === "lease_from_arrival") {
    return { ...decision, deadlineBootMs: machine.bootMs() + at.leaseMs };
  }
  return decision;
}

/** What a monitor hears. */
export function sabotageHeard(
  sabotage: Sabotage | undefined,
  heard: Heard,
  liveness: Liveness,
): void {
  if (sabotage === "holder_unasked") heard.holder = "any";
  if (sabotage === "silent_channels_are_live") heard.isChannelsAnswering = true;
  if (sabotage !== "deaf_server_is_live" || heard.sequence < 2) return;
  heard.acknowledged = heard.sequence - 1;
  const isAnswered = liveness.answeredSequences.includes(heard.acknowledged);
  if (!isAnswered) heard.acknowledged = liveness.answeredSequences[0] ?? 0;
}

/** What a monitor grants. */
export function sabotageGrant(
  sabotage: Sabotage | undefined,
  grant: Answer["grant"],
  leaseMs: number,
): { grant: Answer["grant"]; lengthMs: number } {
  if (sabotage === "grant_always") return { grant: "lease", lengthMs: leaseMs };
  if (sabotage === "lease_outlives_threshold") return { grant, lengthMs: leaseMs * 4 };
  return { grant, lengthMs: leaseMs };
}

/** What a monitor takes for an answer of a target that was not asked, or that did not answer. */
export function sabotageOrder(
  sabotage: Sabotage | undefined,
  kind: "start" | "stop" | "lost_stop",
): OrderAnswer | undefined {
  const isLie =
    (sabotage === "gate_unasked" && kind === "stop") ||
    (sabotage === "gate_impatient" && kind === "lost_stop");
  return isLie ? { kind: "answered", channels: [] } : undefined;
}

/** The key of a mail. */
export function sabotageKey(sabotage: Sabotage | undefined, key: string, random: Random): string {
  return sabotage === "new_key_each_time" ? `${key}/${random.below(1_000_000)}` : key;
}

/** How much later than its deadline a monitor looks. */
export function sabotageLateness(sabotage: Sabotage | undefined): number {
  return sabotage === "late_deadline" ? 100 : 0;
}

// Stories without one rule, to show that its checker sees the loss. Each is switched off at a
// border that the simulator itself provides: the cores are never changed.

import type { News } from "../services/channels/src/loop.ts";
import type { State } from "../services/channels/src/core/state.ts";
import type { Decision } from "../services/heartbeat/src/core/decisions.ts";
import type { Heard, Liveness } from "../services/monitor/src/core/liveness.ts";
import type { Answer } from "../services/monitor/src/core/watched.ts";
import type { OrderAnswer } from "../services/monitor/src/ports.ts";
import type { Random } from "./kernel/random.ts";
import type { Process } from "./kernel/process.ts";

/**
 * Every rule that can be switched off, what is done instead, and who must notice within how many
 * seeds: some four times as many as it took when this was written.
 */
export const sabotages = {
  grant_always: { rule: "R1", caughtBy: "I1", text: "every answer carries a lease", seedsMax: 400 },
  lease_from_arrival: {
    rule: "R2",
    caughtBy: "I1",
    text: "a lease counts from the arrival of its answer",
    seedsMax: 2500,
  },
  sleeping_clock: {
    rule: "R2",
    caughtBy: "I1",
    text: "the deadline is on a clock that stands still in suspension",
    seedsMax: 400,
  },
  idle_guard: { rule: "R3", caughtBy: "I1", text: "the guard does nothing", seedsMax: 400 },
  lease_outlives_threshold: {
    rule: "R4",
    caughtBy: "I1",
    text: "a lease is longer than the threshold",
    seedsMax: 400,
  },
  threshold_not_restarted: {
    rule: "R5",
    caughtBy: "I1",
    text: "the threshold does not count anew when the monitor starts",
    seedsMax: 400,
  },
  unsynced_journal: {
    rule: "R7, save before act",
    caughtBy: "I3",
    text: "decisions are stored some time after they were acted on",
    seedsMax: 400,
  },
  no_term_check: {
    rule: "R7",
    caughtBy: "I1",
    text: "the channels service takes any term",
    seedsMax: 400,
  },
  close_at_once: {
    rule: "R8",
    caughtBy: "I1",
    text: "close is said before the channels have stopped",
    seedsMax: 400,
  },
  gate_unasked: {
    rule: "5.5",
    caughtBy: "I1",
    text: "the gate takes every target for stopped without asking it",
    seedsMax: 400,
  },
  gate_impatient: {
    rule: "5.5",
    caughtBy: "I1",
    text: "a target that does not answer counts as stopped, even a dirty one",
    seedsMax: 5000,
  },
  borrowed_start_alone: {
    rule: "5.3",
    caughtBy: "I1",
    text: "a channels service starts borrowed channels from its own memory",
    seedsMax: 6000,
  },
  deaf_server_is_live: {
    rule: "good heartbeat",
    caughtBy: "I6",
    text: "a heartbeat needs no answer that arrived",
    seedsMax: 2000,
  },
  silent_channels_are_live: {
    rule: "good heartbeat",
    caughtBy: "I6",
    text: "a heartbeat is good without a channels service behind it",
    seedsMax: 400,
  },
  new_key_each_time: {
    rule: "idempotency key",
    caughtBy: "I5",
    text: "a mail that is sent again has another key",
    seedsMax: 400,
  },
} as const;

export type Sabotage = keyof typeof sabotages;

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

// Decisions of many servers in one transaction of the journal: hundreds of servers die at once with
// their site, or are released at once when a monitor stops. All are durable before any is acted on.

import { AssertionError } from "node:assert";
import { failpoint } from "@hot-backup/kit/failpoint.ts";
import type { Moment, ServerEvent } from "./core/server-event.ts";
import type { MonitorParts } from "./parts.ts";
import { historyLine, type JournalChange, type Timer } from "./ports.ts";
import type { ServerLoop } from "./server-loop.ts";

/** How long a record may be ahead of the journal, and the pause before another attempt. */
const lateMs = 1000;

/** A decision of one server that is not stored yet: nothing has changed. */
export interface Decision {
  /** Absent: the journal keeps nothing of it. */
  readonly change: JournalChange | undefined;
  /** To be called once the change is durable, before any decision of its transaction applies. */
  noteStored(): void;
  /** Makes it hold, and acts on it. */
  apply(): void;
}

/** Stores decisions in one transaction, and then applies them. False: none of it has happened. */
export function commitJointly(
  { journal, log }: Pick<MonitorParts, "journal" | "log">,
  decisions: readonly Decision[],
): boolean {
  const changes = decisions.flatMap(({ change }) => change ?? []);
  if (changes.length > 0) {
    try {
      journal.commit({
        servers: changes.flatMap((each) => each.servers),
        signals: changes.flatMap((each) => each.signals),
        runs: changes.flatMap((each) => each.runs),
        history: changes.flatMap((each) => each.history),
      });
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      const serverIds = changes.flatMap(({ servers }) => servers.map(({ serverId }) => serverId));
      log.error({ err: error, serverIds }, "Cannot store a decision: nothing is done");
      return false;
    }
    failpoint("monitor.decision_stored");
  }
  for (const { noteStored } of decisions) noteStored();
  for (const { apply } of decisions) apply();
  return true;
}

/**
 * Applies one event to each of these servers, all of it in one transaction. Returns the servers
 * that took it: none when nothing could be stored.
 */
export function takeJointly(
  parts: Pick<MonitorParts, "journal" | "log">,
  events: ReadonlyMap<ServerLoop, ServerEvent>,
): readonly ServerLoop[] {
  const decisions = new Map<ServerLoop, Decision>();
  let signalCount = 0;
  for (const [server, event] of events) {
    const decision = server.decide(event, { signalCount });
    if ("reason" in decision) continue;
    decisions.set(server, decision);
    signalCount += decision.change?.signals.length ?? 0;
  }
  return commitJointly(parts, [...decisions.values()]) ? [...decisions.keys()] : [];
}

/**
 * Servers whose release has ended although the journal still has it. It may: a monitor that starts
 * from there only waits longer than it would have to. Must be disposed.
 */
export class EndedReleases implements Disposable {
  readonly #parts: Pick<MonitorParts, "clock" | "journal" | "log" | "timers">;
  readonly #servers = new Set<ServerLoop>();
  #timer: Timer | undefined;

  constructor(parts: Pick<MonitorParts, "clock" | "journal" | "log" | "timers">) {
    this.#parts = parts;
  }

  add(server: ServerLoop): void {
    this.#servers.add(server);
    this.#timer ??= this.#parts.timers.after(lateMs, () => this.#store());
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#servers.clear();
  }

  #store(): void {
    this.#timer = undefined;
    const { clock, journal, log, timers } = this.#parts;
    const wallMs = clock.wallMs();
    const records = [...this.#servers].map(({ record }) => record);
    const text = "The release has ended";
    const history = records.map(({ serverId, term }) =>
      historyLine({ serverId, wallMs, text, actor: undefined, term }),
    );
    try {
      journal.commit({ servers: records, signals: [], runs: [], history });
      this.#servers.clear();
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      log.error({ err: error }, "Cannot store that releases have ended: trying again");
      this.#timer = timers.after(lateMs, () => this.#store());
    }
  }
}

/** The same instant for many servers. */
export function momentOf({ clock }: Pick<MonitorParts, "clock">): Moment {
  return { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
}

// One watched server at work: takes an event, steps the core, stores, and then acts. The only place
// that waits for its threshold. Invariant: nothing is done and nothing is granted before the
// decision is durable.

import type { Server } from "./core/draft.ts";
import { forgetGrants, restartThreshold } from "./core/liveness.ts";
import type { RunRecord } from "./core/run-record.ts";
import { startsNotBeforeMs } from "./core/release.ts";
import { step } from "./core/server.ts";
import type { Refusal, ServerEffect, ServerEvent } from "./core/server-event.ts";
import type { ServerRecord } from "./core/server-record.ts";
import type { ServerSettings } from "./core/server-settings.ts";
import type { StallMeter } from "./core/stall-meter.ts";
import { timePassed } from "./core/time-passed.ts";
import { isAhead, nextWakeMs, setServer, watch, type Watched } from "./core/watched.ts";
import { Deadline } from "./deadline.ts";
import type { DecisionGroup } from "./decision-group.ts";
import { commitJointly, type Decision } from "./joint-commit.ts";
import { isLessLeft, journalChange, mustBeStored } from "./journal-change.ts";
import type { MonitorParts } from "./parts.ts";
import type { SignalRecord, StaleAnswer, TargetObservation } from "./ports.ts";
import { stoppingRefusal, storeRefusal } from "./refusals.ts";
import { Runs } from "./run-loop.ts";
import type { RunProgressStore } from "./run-progress-store.ts";
import { ServerStreams } from "./server-streams.ts";
import { TargetAsks } from "./target-asks.ts";

/** Pause before a decision that could not be stored is tried again. */
const storeRetryMs = 1000;

/** What the servers of one monitor share. */
export interface ServerShared {
  readonly stall: StallMeter;
  readonly group: DecisionGroup;
  readonly progress: RunProgressStore;
  /** Highest signal id in use. */
  lastSignalId: bigint;
  /** A server changed, and perhaps a signal was recorded: for those who watch. */
  changed(server: ServerLoop, signals: readonly SignalRecord[]): void;
  /** A release has ended, and the journal does not have it yet. */
  releaseEnded(server: ServerLoop): void;
}

/** Must be disposed: then it decides and orders nothing more. */
export class ServerLoop implements Disposable {
  readonly watched: Watched;
  readonly streams: ServerStreams;
  readonly runs: Runs;
  readonly #parts: MonitorParts;
  readonly #shared: ServerShared;
  readonly #asks: TargetAsks;
  readonly #deadline: Deadline;
  #lastRunId: string;
  #isDisposed = false;

  constructor(
    parts: MonitorParts,
    shared: ServerShared,
    given: { settings: ServerSettings; record: ServerRecord; runs: readonly RunRecord[] },
  ) {
    this.#parts = parts;
    this.#shared = shared;
    this.watched = watch(given.settings, given.record, this.#moment());
    this.#deadline = new Deadline(parts, {
      stall: shared.stall,
      dueAtMs: () => nextWakeMs(this.watched, shared.stall.totalMs),
      reached: (dueAtMs) => this.#passTime(dueAtMs),
    });
    this.streams = new ServerStreams(parts, shared.stall, {
      watched: this.watched,
      take: (event) => this.take(event),
    });
    this.#asks = new TargetAsks(parts, given.settings.serverId, {
      take: (event) => this.take({ ...event, ...this.#moment() }) === undefined,
      seeStale: (stale) => this.#seeStale(stale),
    });
    this.runs = new Runs(parts, shared.progress, {
      switchoverTimeoutMs: given.settings.switchoverTimeoutMs,
      startsNotBeforeMs: () => startsNotBeforeMs(given.settings, this.watched.server),
      takeoverRunId: () => this.record.takeoverRunId,
      seeStale: (stale) => this.#seeStale(stale),
      beginStart: (target, signal) => this.#beginStart(target, signal),
      failTakeover: (runId) =>
        void this.take({ kind: "takeover_failed", runId, ...this.#moment() }),
    });
    this.runs.resume(given.runs);
    const { serverId } = given.settings;
    const [newest] = parts.journal.listRuns({ serverId, limit: 1, before: undefined });
    this.#lastRunId = newest?.run.runId ?? "";
  }

  get record(): ServerRecord {
    return this.watched.server.record;
  }

  /** The run that began last. "": none. */
  get lastRunId(): string {
    return this.#lastRunId;
  }

  /** Last error of a call to a target of the gate. "": none. */
  targetError(target: string): string {
    return this.#asks.lastError(target);
  }

  /** To be called once the start was decided, or could not be stored. */
  start(isDecided: boolean): void {
    // Nobody could be heard before the monitor listened.
    const { nowMs } = this.#moment();
    restartThreshold(this.watched.liveness, nowMs, this.#shared.stall.totalMs);
    if (isDecided) this.#deadline.arm();
    else this.#deadline.armIn(storeRetryMs);
    this.runs.drive();
  }

  /**
   * Orders channels again that stopped on a target while the backup has them, and stops those that
   * run there by an override while it has not.
   */
  observe(observed: TargetObservation): void {
    const { serverId, assignment, takeoverRunId } = this.record;
    if (assignment === "backup") return this.runs.observe(takeoverRunId, observed);
    const isOverridden = observed.channels.some(
      (each) => each.isOverridden && each.protectedBy === serverId,
    );
    if (!isOverridden) return;
    const { target } = observed;
    const isLeaseHeld = this.watched.liveness.isHeldSeen;
    this.take({ kind: "override_seen", target, isLeaseHeld, ...this.#moment() });
  }

  /** Applies one event: steps, stores, acts. Returns why an operator's wish was refused. */
  take(event: ServerEvent): Refusal | undefined {
    const decision = this.decide(event, { signalCount: 0 });
    if ("reason" in decision) return decision;
    if (commitJointly(this.#parts, [decision])) return undefined;
    this.#deadline.armIn(storeRetryMs);
    return storeRefusal;
  }

  /**
   * What an event would make of the server. `signalCount`: signals of other servers that are stored
   * before those of this one.
   */
  decide(event: ServerEvent, given: { signalCount: number }): Decision | Refusal {
    if (this.#isDisposed) return stoppingRefusal;
    const { settings, server: before } = this.watched;
    const { server, effects, refusal } = step(settings, before, event);
    if (refusal !== undefined) return refusal;
    if (!mustBeStored(before.record, server.record, effects)) {
      const apply = () => this.#adoptUnstored(server, effects);
      return { change: undefined, noteStored: () => {}, apply };
    }
    const lastSignalId = this.#shared.lastSignalId + BigInt(given.signalCount);
    const change = journalChange(server.record, effects, { ...event, lastSignalId });
    const { signals } = change;
    const runs = this.runs.plan(effects, { ...event, signalId: signals[0]?.signalId ?? 0n });
    const noteStored = () => {
      this.#shared.lastSignalId += BigInt(signals.length);
    };
    const apply = () => {
      runs.apply();
      const begun = effects.findLast((each) => each.kind === "begin_run");
      this.#lastRunId = begun?.run.runId ?? this.#lastRunId;
      this.#adopt(server, effects);
      this.#shared.changed(this, signals);
    };
    return { change: { ...change, runs: runs.records }, noteStored, apply };
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#deadline[Symbol.dispose]();
    this.runs[Symbol.dispose]();
    this.#asks[Symbol.dispose]();
  }

  #adopt(server: Server, effects: readonly ServerEffect[]): void {
    setServer(this.watched, server);
    this.#asks.keep(server);
    for (const effect of effects) this.#perform(effect);
    if (effects.length > 0) this.runs.drive();
    this.#deadline.arm();
  }

  // What the journal would keep of it is stored with the next change.
  #adoptUnstored(server: Server, effects: readonly ServerEffect[]): void {
    const before = this.record;
    this.#adopt(server, effects);
    if (isLessLeft(before, server.record)) this.#shared.releaseEnded(this);
    if (before !== server.record) this.#shared.changed(this, []);
  }

  #moment() {
    return { nowMs: this.#parts.clock.nowMs(), wallMs: this.#parts.clock.wallMs() };
  }

  #perform(effect: ServerEffect): void {
    const { liveness } = this.watched;
    switch (effect.kind) {
      case "forget_grants":
        return forgetGrants(liveness);
      case "restart_threshold":
        return restartThreshold(liveness, this.#parts.clock.nowMs(), this.#shared.stall.totalMs);
      case "ask_target":
        return this.#asks.ask(effect.target, effect.term);
      case "ask_overridden":
        return this.#asks.askOverridden(effect.target, effect.term);
      case "fence_target":
        return this.#asks.fence(effect.target, effect.term);
      case "record_signal":
      case "begin_run":
      case "release_run":
      case "drop_runs":
      case "note":
        return;
    }
  }

  // R7: a target has seen a term that this journal does not know.
  #seeStale({ highestTerm, highestJournalId }: StaleAnswer): void {
    const isOfThisJournal = highestJournalId === this.#parts.journal.journalId;
    if (!isAhead({ highestTerm, isHighestOfThisJournal: isOfThisJournal }, this.record.term))
      return;
    this.take({ kind: "higher_term_seen", term: highestTerm, ...this.#moment() });
  }

  #beginStart(target: string, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      this.#shared.group.add({
        server: this,
        // A start that will not be sent makes no target dirty.
        event: () =>
          signal.aborted ? undefined : { kind: "start_begins", target, ...this.#moment() },
        settle: resolve,
      });
    });
  }

  #passTime(dueAtMs: number): void {
    this.#shared.group.add({
      server: this,
      dueAtMs,
      event: () => timePassed(this.watched, this.#shared.stall, this.#moment()),
      settle: (isDecided) => {
        if (!isDecided) this.#deadline.armIn(storeRetryMs);
      },
    });
  }
}

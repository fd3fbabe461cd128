// One watched server at work: takes an event, steps the core, stores, and then acts. The only place
// that waits for its threshold. Invariant: nothing is done and nothing is granted before the
// decision is durable.

import assert, { AssertionError } from "node:assert";
import type { Server } from "./core/draft.ts";
import { failpoint } from "@hot-backup/kit/failpoint.ts";
import { evidenceOf } from "./core/evidence.ts";
import { forgetGrants, restartThreshold } from "./core/liveness.ts";
import type { RunRecord } from "./core/run-record.ts";
import { startsNotBeforeMs } from "./core/release.ts";
import { step } from "./core/server.ts";
import type { Refusal, ServerEffect, ServerEvent } from "./core/server-event.ts";
import type { ServerRecord } from "./core/server-record.ts";
import type { ServerSettings } from "./core/server-settings.ts";
import type { StallMeter } from "./core/stall-meter.ts";
import {
  isAhead,
  nextWakeMs,
  setServer,
  silentMs,
  sinceGrantMs,
  watch,
  type Watched,
} from "./core/watched.ts";
import { Deadline } from "./deadline.ts";
import type { Prepared } from "./joint-commit.ts";
import { journalChange, mustBeStored } from "./journal-change.ts";
import type { MonitorParts } from "./parts.ts";
import type { SignalRecord, StaleAnswer, TargetObservation } from "./ports.ts";
import { stoppingRefusal, storeRefusal } from "./refusals.ts";
import { Runs } from "./run-loop.ts";
import { ServerStreams } from "./server-streams.ts";
import { TargetAsks } from "./target-asks.ts";

/** Pause before a decision that could not be stored is tried again. */
const storeRetryMs = 1000;

/** What the servers of one monitor share. */
export interface ServerShared {
  readonly stall: StallMeter;
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
  readonly #parts: MonitorParts;
  readonly #shared: ServerShared;
  readonly #runs: Runs;
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
      reached: () => this.#passTime(),
    });
    this.streams = new ServerStreams(parts, shared.stall, {
      watched: this.watched,
      take: (event) => this.take(event),
    });
    this.#asks = new TargetAsks(parts, given.settings.serverId, {
      take: (event) => this.take({ ...event, ...this.#moment() }) === undefined,
      seeStale: (stale) => this.#seeStale(stale),
    });
    this.#runs = new Runs(parts, {
      switchoverTimeoutMs: given.settings.switchoverTimeoutMs,
      startsNotBeforeMs: () => startsNotBeforeMs(given.settings, this.watched.server),
      takeoverRunId: () => this.record.takeoverRunId,
      seeStale: (stale) => this.#seeStale(stale),
      beginStart: (target) =>
        this.take({ kind: "start_begins", target, ...this.#moment() }) === undefined,
      failTakeover: (runId) =>
        void this.take({ kind: "takeover_failed", runId, ...this.#moment() }),
    });
    this.#runs.resume(given.runs);
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

  start(): void {
    // Nobody could be heard before the monitor listened.
    const { nowMs } = this.#moment();
    restartThreshold(this.watched.liveness, nowMs, this.#shared.stall.totalMs);
    this.take({ kind: "monitor_started", ...this.#moment() });
    this.#runs.drive();
  }

  /** Orders channels again that stopped on a target while the backup has them. */
  observe(observed: TargetObservation): void {
    if (this.record.assignment !== "backup") return;
    this.#runs.observe(this.record.takeoverRunId, observed);
  }

  /** Applies one event: steps, stores, acts. Returns why an operator's wish was refused. */
  take(event: ServerEvent): Refusal | undefined {
    if (this.#isDisposed) return stoppingRefusal;
    const { settings, server: before } = this.watched;
    const { server, effects, refusal } = step(settings, before, event);
    if (refusal !== undefined) return refusal;
    const isDurable = mustBeStored(before.record, server.record, effects);
    const signals = isDurable ? this.#commit(server.record, effects, event) : [];
    if (signals === undefined) {
      this.#deadline.armIn(storeRetryMs);
      return storeRefusal;
    }
    if (isDurable) failpoint("monitor.decision_stored");
    if (!isDurable && before.record.release !== server.record.release) {
      this.#shared.releaseEnded(this);
    }
    this.#adopt(server, effects);
    if (isDurable || server.record !== before.record) this.#shared.changed(this, signals);
    return undefined;
  }

  /** A step that begins no run and gives no signal. Undefined: it was refused. */
  prepare(event: ServerEvent): Prepared | undefined {
    if (this.#isDisposed) return undefined;
    const { server, effects, refusal } = step(this.watched.settings, this.watched.server, event);
    if (refusal !== undefined) return undefined;
    const { lastSignalId } = this.#shared;
    const { wallMs } = event;
    const { history, signals } = journalChange(server.record, effects, { lastSignalId, wallMs });
    assert.equal(signals.length, 0, "a prepared step gives no signal");
    const apply = () => {
      this.#adopt(server, effects);
      this.#shared.changed(this, []);
    };
    return { record: server.record, history, apply };
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#deadline[Symbol.dispose]();
    this.#runs[Symbol.dispose]();
    this.#asks[Symbol.dispose]();
  }

  #adopt(server: Server, effects: readonly ServerEffect[]): void {
    setServer(this.watched, server);
    this.#asks.keep(server.gate);
    for (const effect of effects) this.#perform(effect);
    if (effects.length > 0) this.#runs.drive();
    this.#deadline.arm();
  }

  #moment() {
    return { nowMs: this.#parts.clock.nowMs(), wallMs: this.#parts.clock.wallMs() };
  }

  // Returns the signals that were recorded, or undefined when nothing could be stored.
  #commit(
    record: ServerRecord,
    effects: readonly ServerEffect[],
    event: ServerEvent,
  ): readonly SignalRecord[] | undefined {
    const { lastSignalId } = this.#shared;
    const change = journalChange(record, effects, { lastSignalId, wallMs: event.wallMs });
    const { signals } = change;
    const runs = this.#runs.plan(effects, { ...event, signalId: signals[0]?.signalId ?? 0n });
    try {
      this.#parts.journal.commit({ ...change, runs: runs.records });
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      const { serverId } = record;
      this.#parts.log.error({ err: error, serverId }, "Cannot store a decision: nothing is done");
      return undefined;
    }
    this.#shared.lastSignalId += BigInt(signals.length);
    runs.apply();
    this.#lastRunId =
      effects.findLast((each) => each.kind === "begin_run")?.run.runId ?? this.#lastRunId;
    return signals;
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

  #passTime(): void {
    const moment = this.#moment();
    this.take({
      kind: "time_passed",
      ...moment,
      silentMs: silentMs(this.watched, moment.nowMs, this.#shared.stall.totalMs),
      sinceGrantMs: sinceGrantMs(this.watched, moment.nowMs),
      isUnwilling: this.watched.liveness.lastVerdict === "unwilling",
      evidence: evidenceOf(this.watched, this.#shared.stall, moment.nowMs),
    });
  }
}

// All watched servers of one monitor: starts them from the journal, and is what the gRPC service
// talks to.

import { newServerRecord } from "./core/server-record.ts";
import { newStallMeter, observe, observedEveryMs } from "./core/stall-meter.ts";
import { DecisionGroup } from "./decision-group.ts";
import { EndedReleases, momentOf, takeJointly } from "./joint-commit.ts";
import type { MonitorParts } from "./parts.ts";
import type { RunRecord } from "./core/run-record.ts";
import type { SignalRecord, TargetObservation, Timer } from "./ports.ts";
import { releaseServers } from "./release-servers.ts";
import { RunProgressStore } from "./run-progress-store.ts";
import { traceOf } from "./run-trace.ts";
import { ServerLoop, type ServerShared } from "./server-loop.ts";
import { tellUnwatched } from "./unwatched-servers.ts";

/** Told of changes, after they are durable. */
export interface Watcher {
  serverChanged(server: ServerLoop): void;
  signalRecorded(signal: SignalRecord): void;
  /** How far they are has changed. */
  runsStored(runs: readonly RunRecord[]): void;
  targetObserved(observed: TargetObservation): void;
}

/** Must be disposed: then it decides and orders nothing more. */
export class Monitor implements Disposable {
  readonly parts: MonitorParts;
  /** By server id, in the order of the ids. */
  readonly servers: ReadonlyMap<string, ServerLoop>;
  readonly #shared: ServerShared;
  readonly #watchers = new Set<Partial<Watcher>>();
  readonly #stop = new AbortController();
  readonly #endedReleases: EndedReleases;
  readonly #kept: Disposable[] = [];
  #tick: Timer | undefined;
  #isStopping = false;

  constructor(parts: MonitorParts) {
    this.parts = parts;
    this.#endedReleases = new EndedReleases(parts);
    const content = parts.journal.load();
    this.#shared = {
      stall: newStallMeter(parts.clock.nowMs()),
      group: new DecisionGroup(parts),
      progress: new RunProgressStore(parts, (runs) => this.#tellRuns(runs)),
      lastSignalId: content.lastSignalId,
      changed: (server, signals) => this.#publish(server, signals),
      releaseEnded: (server) => this.#endedReleases.add(server),
    };
    const stored = new Map(content.servers.map((record) => [record.serverId, record]));
    tellUnwatched(content.servers, parts);
    const sorted = parts.servers.toSorted((a, b) => (a.serverId < b.serverId ? -1 : 1));
    this.servers = new Map(
      sorted.map((settings) => {
        const { serverId } = settings;
        const record = stored.get(serverId) ?? newServerRecord(serverId, parts.clock.wallMs());
        const runs = content.runs.filter((run) => run.serverId === serverId);
        return [serverId, new ServerLoop(parts, this.#shared, { settings, record, runs })];
      }),
    );
  }

  /** Begins to watch: thresholds count from now. */
  start(): void {
    this.#observeStall();
    this.parts.targets.watch((observed) => this.#observeTarget(observed), this.#stop.signal);
    // In one transaction: a changed configuration may be news for thousands of servers.
    const started = { kind: "monitor_started", ...momentOf(this.parts) } as const;
    const all = [...this.servers.values()];
    const decided = new Set(takeJointly(this.parts, new Map(all.map((each) => [each, started]))));
    for (const server of all) server.start(decided.has(server));
  }

  /** It stops in good order: nothing long should begin any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** How long the monitor itself stood still, for people. */
  get stall() {
    return this.#shared.stall;
  }

  /** How late decisions came, by the instant at which they were due. */
  get decisionLags() {
    return this.#shared.group.lags;
  }

  /** Tells of changes until the returned function is called. */
  subscribe(watcher: Partial<Watcher>): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Tells watchers of something that changed without a decision: what a server reports of itself.
   */
  announce(server: ServerLoop): void {
    for (const watcher of this.#watchers) watcher.serverChanged?.(server);
  }

  /**
   * Leaves the servers a long lease before this monitor stops in good order (R9). Takes seconds at
   * most, and goes on deciding meanwhile.
   */
  release(): Promise<void> {
    this.#isStopping = true;
    return releaseServers(this.parts, this.servers.values());
  }

  /** What works over this monitor ends with it, before it. */
  keep<Part extends Disposable>(part: Part): Part {
    this.#kept.push(part);
    return part;
  }

  [Symbol.dispose](): void {
    for (const part of this.#kept) part[Symbol.dispose]();
    this.#tick?.cancel();
    this.#stop.abort();
    this.#endedReleases[Symbol.dispose]();
    for (const server of this.servers.values()) server[Symbol.dispose]();
    this.#shared.progress[Symbol.dispose]();
  }

  #observeStall(): void {
    observe(this.#shared.stall, this.parts.clock.nowMs());
    this.#tick = this.parts.timers.after(observedEveryMs, () => this.#observeStall());
  }

  #observeTarget(observed: TargetObservation): void {
    for (const server of this.servers.values()) server.observe(observed);
    for (const watcher of this.#watchers) watcher.targetObserved?.(observed);
  }

  #tellRuns(runs: readonly RunRecord[]): void {
    for (const watcher of this.#watchers) watcher.runsStored?.(runs);
  }

  #publish(server: ServerLoop, signals: readonly SignalRecord[]): void {
    const { serverId, state, assignment, term } = server.record;
    this.parts.log.info(
      { serverId, state, assignment, term: String(term), because: server.record.because },
      "Server changed",
    );
    for (const { signal, because, runId, wallMs } of signals) {
      const { traceId } = traceOf({ runId, startedWallMs: wallMs });
      const told = { serverId, signal, term: String(term), because, runId, traceId };
      this.parts.log.info(told, "Signal");
    }
    this.announce(server);
    for (const signal of signals) {
      for (const watcher of this.#watchers) watcher.signalRecorded?.(signal);
    }
  }
}

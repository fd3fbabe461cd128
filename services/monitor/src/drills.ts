// Drills at work: stores what a drill has seen, asks for what it wishes, and takes up those that an
// earlier life of the monitor has left. A drill is the monitor's, not its caller's: it goes on when
// the caller has gone.

import { AssertionError } from "node:assert";
import type { ChannelSeen, DrillCourse } from "./core/drill-course.ts";
import { advanceCourse, beginCourse, resumeCourse, seeChannels } from "./core/drill-course.ts";
import { drillActor, type DrillRecord } from "./core/drill-record.ts";
import { beginSilence, endSilence } from "./core/drill-silence.ts";
import { silenceMaxMs } from "./core/drill-trouble.ts";
import type { Moment, Refusal } from "./core/server-event.ts";
import { DrillAlarm } from "./drill-alarm.ts";
import { countMails, viewDrill } from "./drill-view.ts";
import { drillLine } from "./drill-words.ts";
import { momentOf } from "./joint-commit.ts";
import type { Monitor } from "./monitor.ts";
import type { TargetObservation, Timer } from "./ports.ts";
import { stoppingRefusal, storeRefusal } from "./refusals.ts";
import type { ServerLoop } from "./server-loop.ts";

/** How often a drill looks what time it is; what changes is told at once. */
const lookEveryMs = 200;

/** Pause after something could not be stored: a full disk fills no log. */
const storeRetryMs = 1000;

/** The channels of a server, as its heartbeats told them last. */
export type ChannelsOf = (server: ServerLoop) => readonly ChannelSeen[];

/** A drill that goes on, or whose end is still to be stored. */
interface Running {
  course: DrillCourse;
  stored: DrillRecord;
  /** Before, nothing that has to be stored is tried. */
  storeNotBeforeMs: number;
}

/** Must be disposed: then nothing more is asked for. */
export class Drills implements Disposable {
  readonly #monitor: Monitor;
  readonly #channelsOf: ChannelsOf;
  /** By server id: one drill per server. */
  readonly #running = new Map<string, Running>();
  readonly #followers = new Set<(drill: DrillRecord) => void>();
  readonly #alarm: DrillAlarm;
  readonly #unsubscribe: () => void;
  /** Servers of which something has changed in this turn, and when. */
  readonly #changed = new Map<string, Moment>();
  #timer: Timer | undefined;
  #isDisposed = false;

  constructor(monitor: Monitor, channelsOf: ChannelsOf) {
    this.#monitor = monitor;
    this.#channelsOf = channelsOf;
    this.#alarm = new DrillAlarm(monitor.parts);
    const moment = momentOf(monitor.parts);
    const left = monitor.parts.journal.runningDrills();
    for (const stored of left) this.#go(resumeCourse(stored, moment), stored);
    this.#unsubscribe = monitor.subscribe({
      serverChanged: (server) => this.#seeServer(server),
      runsStored: (runs) => runs.forEach(({ serverId }) => this.#note(serverId)),
      targetObserved: (observed) => this.#seeTarget(observed),
    });
    this.#arm();
  }

  /** The drill of a server that goes on. Undefined: there is none. */
  runningOn(serverId: string): DrillRecord | undefined {
    return this.#running.get(serverId)?.course.record;
  }

  /** Tells of drills that change until the returned function is called. */
  follow(tell: (drill: DrillRecord) => void): () => void {
    this.#followers.add(tell);
    return () => this.#followers.delete(tell);
  }

  /** Begins a drill that moves channels. The caller has checked that the targets are ready. */
  begin(server: ServerLoop, record: DrillRecord): Refusal | undefined {
    const { serverId } = record;
    if (this.#monitor.isStopping || this.#isDisposed) return stoppingRefusal;
    if (this.#running.has(serverId)) {
      const message = `Cannot begin a drill of server "${serverId}": another one goes on`;
      return { reason: "DRILL_UNDER_WAY", message };
    }
    // Durable first: a monitor that dies in the middle has to know what it was about.
    if (!this.save(record)) return storeRefusal;
    const moment = momentOf(this.#monitor.parts);
    this.#go(beginCourse(record, moment), record);
    const refusal = this.#strike(server, record, moment);
    if (refusal === undefined) {
      this.#arm();
      this.#tell(record);
      return undefined;
    }
    this.#running.delete(serverId);
    const ended = { state: "failed", because: [refusal.message] } as const;
    this.save({ ...record, ...ended, endedWallMs: moment.wallMs });
    return refusal;
  }

  /** Stores a drill with its line of history. False: it cannot be stored. */
  save(record: DrillRecord): boolean {
    const { journal, log } = this.#monitor.parts;
    const { drillId, serverId, state, because } = record;
    const term = this.#monitor.servers.get(serverId)?.record.term ?? record.startTerm;
    try {
      journal.saveDrill(record, drillLine(record, this.runningOn(serverId), term));
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      log.error({ err: error, drillId }, "Cannot store a drill");
      return false;
    }
    log.info({ drillId, serverId, state, because }, "Drill");
    return true;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.cancel();
    this.#alarm[Symbol.dispose]();
    this.#unsubscribe();
  }

  #go(course: DrillCourse, stored: DrillRecord): void {
    this.#running.set(stored.serverId, { course, stored, storeNotBeforeMs: 0 });
  }

  // What the drill is about: from here on only what happens counts.
  #strike(server: ServerLoop, record: DrillRecord, moment: Moment): Refusal | undefined {
    if (record.kind !== "silence") {
      return server.take({ kind: "switchover_asked", actor: drillActor(record), ...moment });
    }
    const { liveness, settings } = server.watched;
    const untilMs = moment.nowMs + silenceMaxMs(settings);
    beginSilence(liveness, { actor: record.actor, nowMs: moment.nowMs, untilMs });
    return undefined;
  }

  #seeServer(server: ServerLoop): void {
    const running = this.#running.get(server.record.serverId);
    if (running === undefined) return;
    const { nowMs } = momentOf(this.#monitor.parts);
    const channels = this.#channelsOf(server);
    running.course = seeChannels(running.course, { side: "primary", channels, nowMs });
    this.#note(server.record.serverId);
  }

  #seeTarget({ channels }: TargetObservation): void {
    for (const [serverId, running] of this.#running) {
      const own = channels.filter(({ protectedBy }) => protectedBy === serverId);
      if (own.length === 0) continue;
      const { nowMs } = momentOf(this.#monitor.parts);
      running.course = seeChannels(running.course, { side: "backup", channels: own, nowMs });
      this.#note(serverId);
    }
  }

  // At the end of the turn: whoever decides is not to be asked in the middle of it.
  #note(serverId: string): void {
    if (!this.#running.has(serverId) || this.#changed.has(serverId)) return;
    const isScheduled = this.#changed.size > 0;
    this.#changed.set(serverId, momentOf(this.#monitor.parts));
    if (!isScheduled) this.#monitor.parts.timers.afterInput(() => this.#advanceChanged());
  }

  #advanceChanged(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const [serverId, moment] of changed) this.#advance(serverId, moment);
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#running.size === 0 || this.#isDisposed) return;
    this.#timer = this.#monitor.parts.timers.after(lookEveryMs, () => {
      this.#timer = undefined;
      for (const serverId of this.#running.keys()) {
        this.#advance(serverId, momentOf(this.#monitor.parts));
      }
      this.#arm();
    });
  }

  #advance(serverId: string, moment: Moment): void {
    const running = this.#running.get(serverId);
    if (running === undefined || this.#isDisposed) return;
    const isPaused = moment.nowMs < running.storeNotBeforeMs;
    const server = this.#monitor.servers.get(serverId);
    if (server === undefined) endUnwatched(running, moment);
    else if (this.#monitor.isStopping) return leaveToSuccessor(server);
    else this.#goOn(running, server, moment);
    if (!isPaused) this.#keep(running);
  }

  #goOn(running: Running, server: ServerLoop, moment: Moment): void {
    const channels = this.#channelsOf(server);
    const view = viewDrill(this.#monitor, { server, running: running.course, channels, moment });
    const { course, wishes } = advanceCourse(running.course, view);
    running.course = course;
    if (wishes.includes("end_silence")) endSilence(server.watched.liveness);
    if (!wishes.includes("fail_back") || moment.nowMs < running.storeNotBeforeMs) return;
    const now = momentOf(this.#monitor.parts);
    const { actor } = course.record;
    const refusal = server.take({ kind: "drill_returned", actor, ...now });
    if (refusal !== undefined) running.storeNotBeforeMs = now.nowMs + storeRetryMs;
  }

  // The end is stored before it is told; what cannot be stored is tried again after a pause.
  #keep(running: Running): void {
    const { record } = running.course;
    if (record === running.stored) return;
    const isOver = record.state !== "running";
    if (isOver && !this.#isTold(record)) return;
    const { journal, clock } = this.#monitor.parts;
    const told = { ...record, mails: isOver ? countMails(journal, record) : record.mails };
    if (!this.save(told)) {
      running.storeNotBeforeMs = clock.nowMs() + storeRetryMs;
      return;
    }
    running.course = { ...running.course, record: told };
    running.stored = told;
    if (isOver) this.#running.delete(record.serverId);
    this.#tell(told);
  }

  #isTold(record: DrillRecord): boolean {
    const server = this.#monitor.servers.get(record.serverId);
    if (server === undefined) return true;
    return this.#alarm.isSettled(record, server.record, () => this.#note(record.serverId));
  }

  #tell(record: DrillRecord): void {
    for (const follower of this.#followers) follower(record);
  }
}

// What a stopping monitor begins it does not end. A server that is still live is heard again, so
// that it can be released (R9); with one that is dead the next monitor goes on.
function leaveToSuccessor({ record, watched }: ServerLoop): void {
  if (record.state === "live") endSilence(watched.liveness);
}

// Nobody can tell any more what became of its channels.
function endUnwatched(running: Running, { wallMs }: Moment): void {
  const { record } = running.course;
  if (record.state !== "running") return;
  const because = [...record.because, "The server is not watched any more"];
  const ended = { state: "failed", because, endedWallMs: wallMs } as const;
  running.course = { ...running.course, record: { ...record, ...ended } };
}

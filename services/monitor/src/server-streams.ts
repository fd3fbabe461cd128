// The heartbeat streams of one watched server: one of them counts, and each of its heartbeats is
// answered. This is the hot path: it stores nothing and logs nothing.

import { type Answer, answerTo } from "./core/answer.ts";
import { breakGap } from "./core/arrivals.ts";
import { type Evidence, gatherEvidence } from "./core/evidence.ts";
import type { Heard } from "./core/heard.ts";
import { forgetAnswers, forgiveMisses, noteAnswered, type Verdict } from "./core/liveness.ts";
import { forgetOverrideNews } from "./core/override.ts";
import type { Actor } from "./core/run-record.ts";
import type { Refusal, ServerEvent } from "./core/server-event.ts";
import { observe, type StallMeter } from "./core/stall-meter.ts";
import { type CurrentStream, mayHold, otherHolderRefusal } from "./core/streams.ts";
import { hear, silentMs, type Watched } from "./core/watched.ts";
import type { MonitorParts } from "./parts.ts";

/** The server behind the streams. */
interface StreamsOf {
  readonly watched: Watched;
  take(event: ServerEvent): Refusal | undefined;
}

export class ServerStreams {
  readonly #parts: MonitorParts;
  readonly #stall: StallMeter;
  readonly #server: StreamsOf;
  /** Plain numbers in place: a count that is an object of its own would be made anew each time. */
  readonly #verdicts = new Float64Array(Object.keys(placeOf).length);
  #current: CurrentStream | undefined;
  #lifeId = "";

  constructor(parts: MonitorParts, stall: StallMeter, server: StreamsOf) {
    this.#parts = parts;
    this.#stall = stall;
    this.#server = server;
  }

  /** Heartbeats in this life of the monitor, by what they were taken for. */
  *verdicts(): Generator<readonly [verdict: string, count: number]> {
    for (const [verdict, place] of Object.entries(placeOf)) {
      yield [verdict, this.#verdicts[place] ?? 0];
    }
  }

  /** Makes a stream the current one, or tells why it may not be. */
  open(stream: CurrentStream): Refusal | undefined {
    const isOtherOpen = this.#current !== undefined && this.#current.holder !== stream.holder;
    const refusal = this.#refuseHolder(stream.holder, isOtherOpen);
    if (refusal !== undefined) return refusal;
    const replaced = this.#current;
    this.#current = stream;
    const { liveness } = this.#server.watched;
    forgetAnswers(liveness);
    // Between two lives nobody was beating.
    if (stream.lifeId !== this.#lifeId) breakGap(liveness.arrivals);
    this.#lifeId = stream.lifeId;
    replaced?.replace();
    return undefined;
  }

  end(serial: number): void {
    if (this.#current?.serial === serial) this.#current = undefined;
  }

  /**
   * Takes a heartbeat of a stream and returns its answer. A refusal ends the stream; undefined: the
   * stream is not the current one any more.
   */
  hear(serial: number, heard: Heard): Answer | Refusal | undefined {
    if (this.#current?.serial !== serial) return undefined;
    if (heard.holder !== this.#current.holder) {
      const refusal = this.#refuseHolder(heard.holder, false);
      if (refusal !== undefined) return refusal;
      this.#current.holder = heard.holder;
    }
    const { watched } = this.#server;
    const nowMs = this.#parts.clock.nowMs();
    const wallMs = this.#parts.clock.wallMs();
    observe(this.#stall, nowMs);
    const news = hear(watched, heard, { nowMs, wallMs, stalledMs: this.#stall.totalMs });
    const { lastVerdict } = watched.liveness;
    if (lastVerdict !== undefined) this.#count(placeOf[lastVerdict]);
    const event = news && { ...news, evidence: this.#gather(nowMs) };
    const isUndecided = event !== undefined && this.#server.take(event) !== undefined;
    if (isUndecided && event.kind === "override_heard") forgetOverrideNews(watched);
    // Without a new term no lease is on offer: that none is held is no fault of the server.
    if (isUndecided && event.kind === "lease_missing") forgiveMisses(watched.liveness);
    const answer = answerTo(watched, heard, { nowMs, isUndecided });
    noteAnswered(watched.liveness, heard.sequence, nowMs);
    return answer;
  }

  #count(place: number): void {
    this.#verdicts[place] = (this.#verdicts[place] ?? 0) + 1;
  }

  /** Takes a close of a stream. On a stream that is not the current one it means nothing. */
  close(serial: number, actor: Actor): Refusal | undefined {
    if (this.#current?.serial !== serial) return undefined;
    const nowMs = this.#parts.clock.nowMs();
    const wallMs = this.#parts.clock.wallMs();
    const evidence = this.#gather(nowMs);
    return this.#server.take({ kind: "close_received", actor, nowMs, wallMs, evidence });
  }

  #gather(nowMs: number): Evidence {
    return gatherEvidence(this.#server.watched, this.#stall, nowMs);
  }

  #refuseHolder(holder: string, isOtherOpen: boolean): Refusal | undefined {
    const { watched } = this.#server;
    const { serverId, holder: knownHolder } = watched.server.record;
    const isAllowed = mayHold({
      holder,
      knownHolder,
      silentMs: silentMs(watched, this.#parts.clock.nowMs(), this.#stall.totalMs),
      thresholdMs: watched.settings.thresholdMs,
      isOtherOpen,
    });
    return isAllowed ? undefined : otherHolderRefusal(serverId);
  }
}

/** Where each verdict is counted. */
const placeOf: Readonly<Record<Verdict, number>> = {
  good: 0,
  lease_missing: 1,
  unproven: 2,
  channels_silent: 3,
  unfit: 4,
  unwilling: 5,
  ahead: 6,
  silenced: 7,
};

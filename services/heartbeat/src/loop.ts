// The only place of the heartbeat service that waits: takes an event, steps the core, performs the
// effects. Every result comes back as an event.

import { strict as assert } from "node:assert";
import {
  countDuration,
  type DurationHistogram,
  newDurationHistogram,
  quickBoundsMs,
} from "@hot-backup/kit/duration-histogram.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import { createChangeLog } from "./change-log.ts";
import { step, wakeAtMs } from "./core/beat.ts";
import {
  type BeatEffect,
  type BeatSettings,
  type BeatState,
  begin,
  type Happening,
  type Outcome,
  type Tally,
} from "./core/beat-state.ts";
import type { Actor } from "./core/orderly-close.ts";
import type { Channels, Monitors, MonitorStream, Surroundings } from "./ports.ts";

/** A heartbeat service. It does nothing until it is started. */
export interface HeartbeatLoop {
  /** Begins to beat. Called once. */
  start(): void;
  /** The state of the core at this instant. */
  state(): BeatState;
  /** Closes the server in good order. Repeating it changes nothing. */
  close(actor: Actor): void;
  /** Ends without a close; the lease runs on. Without effect while the server is being closed. */
  detach(): void;
  /** Every round trip so far. */
  readonly roundTrips: DurationHistogram;
  /** Resolves when the service has ended. */
  readonly ended: Promise<Outcome>;
}

interface LoopPorts {
  readonly monitors: Monitors;
  readonly channels: Channels;
  readonly surroundings: Surroundings;
  readonly log: Logger;
}

export function createLoop(settings: BeatSettings, ports: LoopPorts): HeartbeatLoop {
  return new Loop(settings, ports);
}

class Loop implements HeartbeatLoop {
  readonly ended: Promise<Outcome>;
  readonly roundTrips = newDurationHistogram(quickBoundsMs);
  readonly #ports: LoopPorts;
  readonly #logChange: ReturnType<typeof createChangeLog>;
  readonly #watching = new AbortController();
  readonly #resolveEnded: (outcome: Outcome) => void;
  #state: BeatState;
  #stream: MonitorStream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isStepping = false;

  constructor(settings: BeatSettings, ports: LoopPorts) {
    this.#ports = ports;
    this.#logChange = createChangeLog(ports.log);
    const { surroundings } = ports;
    this.#state = begin(settings, { nowMs: surroundings.nowMs(), bootMs: surroundings.bootMs() });
    const ended = Promise.withResolvers<Outcome>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
  }

  start(): void {
    const onChange = () => this.#dispatch({ type: "channels_changed" });
    void this.#ports.channels.watch(onChange, this.#watching.signal);
    this.#dispatch({ type: "time_passed" });
  }

  state(): BeatState {
    return this.#state;
  }

  close(actor: Actor): void {
    this.#dispatch({ type: "close_requested", actor });
  }

  detach(): void {
    this.#dispatch({ type: "detach_requested" });
  }

  #dispatch(happening: Happening): void {
    assert(!this.#isStepping, "A port called back inside the call that asked it");
    this.#isStepping = true;
    const { surroundings } = this.#ports;
    const before = this.#state;
    // The clocks are read before anything is sent: a lease counts from here.
    const { state, effects } = step(before, {
      ...happening,
      nowMs: surroundings.nowMs(),
      bootMs: surroundings.bootMs(),
      chance: surroundings.chance(),
    });
    this.#state = state;
    this.#countRoundTrip(before.tally, state.tally);
    for (const effect of effects) this.#perform(effect);
    this.#isStepping = false;
    this.#logChange(before, state);
    this.#armTimer();
  }

  #countRoundTrip(before: Tally, { answered, roundTripMs }: Tally): void {
    if (answered === before.answered || roundTripMs === undefined) return;
    countDuration(this.roundTrips, roundTripMs);
  }

  #perform(effect: BeatEffect): void {
    switch (effect.type) {
      case "open_stream":
        this.#openStream(effect.address, effect.serial);
        return;
      case "send_heartbeat":
        this.#stream?.sendHeartbeat(effect);
        return;
      case "send_close":
        this.#stream?.sendClose(effect);
        return;
      case "drop_stream":
        this.#stream?.drop();
        this.#stream = undefined;
        return;
      case "end_stream":
        this.#stream?.end();
        this.#stream = undefined;
        return;
      case "call_channels":
        void this.#callChannels(effect);
        return;
      case "finish":
        this.#watching.abort();
        this.#resolveEnded(effect.outcome);
        return;
    }
  }

  #openStream(address: string, serial: number): void {
    this.#stream = this.#ports.monitors.open(address, {
      opened: () => this.#dispatch({ type: "stream_opened", serial }),
      answered: (answer) => this.#dispatch({ type: "answer_received", serial, answer }),
      ended: (because) => this.#dispatch({ type: "stream_ended", serial, because }),
    });
  }

  async #callChannels(effect: Extract<BeatEffect, { type: "call_channels" }>): Promise<void> {
    let happening: Happening;
    try {
      const report = await this.#ports.channels.decide(effect.decision, effect);
      happening = { type: "report_received", report };
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      happening = { type: "report_failed", because };
    }
    this.#dispatch(happening);
  }

  // A timer that is due too early only asks again, so it is moved only when something comes nearer.
  #armTimer(): void {
    const atMs = wakeAtMs(this.#state);
    if (atMs === Number.POSITIVE_INFINITY) clearTimeout(this.#timer);
    if (atMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    const delayMs = Math.max(0, Math.ceil(atMs - this.#ports.surroundings.nowMs()));
    this.#timer = setTimeout(() => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#dispatch({ type: "time_passed" });
    }, delayMs);
  }
}

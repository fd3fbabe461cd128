// The heartbeat service in a story: the real core between its monitor and its channels service. It
// does what loop.ts of the service does, without its timers and promises.

import { step, wakeAtMs } from "../../services/heartbeat/src/core/beat.ts";
import {
  type BeatEffect,
  type BeatSettings,
  type BeatState,
  begin,
  type Happening,
} from "../../services/heartbeat/src/core/beat-state.ts";
import type { Decision } from "../../services/heartbeat/src/core/decisions.ts";
import type { Actor } from "../../services/heartbeat/src/core/orderly-close.ts";
import { Connection } from "../kernel/connection.ts";
import type { Machine } from "../kernel/machine.ts";
import { Process, type Program, type Timer } from "../kernel/process.ts";
import { sabotageDecision } from "../sabotage.ts";
import type { World } from "../world.ts";
import type { ChannelsHost } from "./channels-host.ts";
import type { HeartbeatServer, StreamDown, StreamUp } from "./heartbeat-server.ts";
import { reportOf, toLeaseDecided } from "./translate.ts";

/** A report that takes longer than this part of its calls' deadline is rare on a sound machine. */
const callMs = { min: 0.1, max: 1 } as const;
/** How soon a watch tells of a change. */
const watchMs = 0.3;

type Stream = Connection<StreamUp, StreamDown>;

export class HeartbeatHost {
  readonly process: Process;
  readonly settings: BeatSettings;
  readonly channels: ChannelsHost;
  readonly #world: World;
  readonly #monitorAt: (address: string) => HeartbeatServer | undefined;
  #state: BeatState;
  #stream: Stream | undefined;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(
    world: World,
    given: {
      machine: Machine;
      settings: BeatSettings;
      channels: ChannelsHost;
      monitorAt: (address: string) => HeartbeatServer | undefined;
    },
  ) {
    const { machine, settings } = given;
    this.#world = world;
    this.settings = settings;
    this.channels = given.channels;
    this.#monitorAt = given.monitorAt;
    this.#state = begin(settings, { nowMs: 0, bootMs: 0 });
    const launch = () => this.#begin();
    const name = `heartbeat@${settings.serverId}`;
    this.process = new Process(name, { machine, schedule: world.schedule, launch });
  }

  get isClosing(): boolean {
    return this.#state.closing !== undefined;
  }

  /** SIGTERM: closes the server in good order. */
  close(actor: Actor): void {
    if (!this.process.isActive) return;
    if (this.#world.sabotage === "close_at_once") this.#sayCloseAtOnce(actor);
    this.#dispatch({ type: "close_requested", actor });
  }

  /** SIGUSR2: ends for its successor. */
  detach(): void {
    if (this.process.isActive) this.#dispatch({ type: "detach_requested" });
  }

  #begin(): Program {
    const { machine } = this.process;
    this.#state = begin(this.settings, { nowMs: machine.monotonicMs(), bootMs: machine.bootMs() });
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#stream = undefined;
    // What follows from the start happens in the process, not in whoever started it.
    this.process.after(0, () => {
      this.#watchChannels();
      this.#dispatch({ type: "time_passed" });
    });
    return {};
  }

  #dispatch(happening: Happening): void {
    const { machine } = this.process;
    const before = this.#state;
    const { state, effects } = step(before, {
      ...happening,
      nowMs: machine.monotonicMs(),
      bootMs: machine.bootMs(),
      chance: this.#world.random.next(),
    });
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (this.#world.trace.isOn) this.#trace(before, state);
    if (state.outcome === undefined) this.#armTimer();
    else this.process.end();
  }

  #perform(effect: BeatEffect): void {
    switch (effect.type) {
      case "open_stream":
        return this.#open(effect.address, effect.serial);
      case "send_heartbeat":
        this.#stream?.sendUp({ kind: "heartbeat", content: effect });
        return;
      case "send_close":
        this.#stream?.sendUp({ kind: "close", sequence: effect.sequence, actor: effect.actor });
        return;
      case "drop_stream":
      case "end_stream":
        if (this.#stream !== undefined) this.#world.streams.delete(this.#stream);
        this.#stream?.leave();
        this.#stream = undefined;
        return;
      case "call_channels":
        return this.#callChannels(effect.decision, effect.deadlineMs);
      case "finish":
        return;
    }
  }

  #open(address: string, serial: number): void {
    const server = this.#monitorAt(address);
    if (server === undefined) return;
    const { network } = this.#world;
    const from = this.process.machine;
    const to = server.process.machine;
    const { life } = this.process;
    const tell = (happening: Happening) =>
      network.carry(to, from, () => this.process.take(life, () => this.#dispatch(happening)));
    network.carry(from, to, () => {
      if (!to.isOn) return;
      if (!server.process.isRunning) {
        return tell({ type: "stream_ended", serial, because: "connection refused" });
      }
      if (!this.process.isRunning || this.process.life !== life) return;
      this.#stream = this.#connect(server, serial);
      tell({ type: "stream_opened", serial });
    });
  }

  #connect(server: HeartbeatServer, serial: number): Stream {
    const { network, streams } = this.#world;
    const ends = { client: this.process, server: server.process };
    let session: ReturnType<HeartbeatServer["accept"]> | undefined;
    const stream: Stream = new Connection(network, ends, {
      heard: (message) => {
        session ??= server.accept(stream, this.settings.serverId);
        session.hear(message);
      },
      left: () => {
        streams.delete(stream);
        session?.leave();
      },
      answered: (answer) => this.#dispatch({ type: "answer_received", serial, answer }),
      ended: (because) => {
        streams.delete(stream);
        this.#dispatch({ type: "stream_ended", serial, because });
      },
    });
    streams.add(stream);
    return stream;
  }

  // The two services talk on one machine: nothing is lost, but the other may be gone or frozen.
  #callChannels(decision: Decision, deadlineMs: number): void {
    const { channels, process } = this;
    const { life } = process;
    const { schedule, random } = this.#world;
    let isSettled = false;
    const settle = (happening: Happening) => {
      process.take(life, () => {
        if (isSettled) return;
        isSettled = true;
        this.#dispatch(happening);
      });
    };
    const fail = (because: string) => settle({ type: "report_failed", because });
    const { bootId } = process.machine;
    schedule.after(random.between(callMs.min, callMs.max), () => {
      if (!channels.isServing) return fail("connection refused");
      if (!channels.process.isActive) {
        process.after(deadlineMs, () => fail("deadline exceeded"));
      }
      const serviceLife = channels.process.life;
      channels.process.take(serviceLife, () => {
        if (bootId !== channels.process.machine.bootId) return;
        const leaseMs = this.#state.knowledge.ordinaryMs ?? 0;
        const at = { process: channels.process, leaseMs };
        const news = sabotageDecision(this.#world.sabotage, decision, at);
        const { refusedBecause } = channels.tell(toLeaseDecided(news));
        // It may have died while it stored a new term.
        if (!channels.isServing) return fail("connection lost");
        const report = reportOf(channels, refusedBecause ?? "");
        schedule.after(random.between(callMs.min, callMs.max), () =>
          settle({ type: "report_received", report }),
        );
      });
    });
  }

  // Tells of every change of the channels, and of the end of their service.
  #watchChannels(): void {
    const { channels, process } = this;
    const { life } = process;
    const { schedule } = this.#world;
    const isOver = () => !process.isRunning || process.life !== life;
    const tell = () =>
      schedule.after(watchMs, () =>
        process.take(life, () => this.#dispatch({ type: "channels_changed" })),
      );
    const watch = () => {
      if (isOver()) return;
      if (!channels.isServing) {
        process.after(this.#world.random.between(25, 500), watch);
        return;
      }
      tell();
      channels.listen(() => {
        if (isOver()) return true;
        tell();
        return false;
      });
      channels.process.deathListeners.add(() => {
        if (isOver()) return;
        tell();
        process.after(this.#world.random.between(25, 50), watch);
      });
    };
    watch();
  }

  // Sabotage of R8.
  #sayCloseAtOnce(actor: Actor): void {
    const { stream } = this.#state.link;
    if (stream.kind !== "open" || stream.sequence === 0) return;
    this.#stream?.sendUp({ kind: "close", sequence: stream.sequence + 1, actor });
  }

  #trace(before: BeatState, after: BeatState): void {
    const { trace } = this.#world;
    const was = before.knowledge.report?.lease;
    const is = after.knowledge.report?.lease;
    if (is !== undefined && is.kind !== was?.kind) {
      const term = is.kind === "none" ? "" : ` of term ${is.term}`;
      trace.say(this.process.name, `sees its lease ${is.kind}${term}`);
    }
    if (before.link.stream.kind !== "waiting" && after.link.stream.kind === "waiting") {
      trace.say(this.process.name, `lost its stream: ${after.link.lastError}`);
    }
    if (before.closing?.phase !== after.closing?.phase) {
      trace.say(this.process.name, `closing: ${after.closing?.phase ?? "over"}`);
    }
    if (after.outcome !== undefined) trace.say(this.process.name, `ends: ${after.outcome.kind}`);
  }

  #armTimer(): void {
    const atMs = wakeAtMs(this.#state);
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.process.after(Math.max(0, atMs - this.process.machine.monotonicMs()), () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#dispatch({ type: "time_passed" });
    });
  }
}

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
import type { Actor } from "../../services/heartbeat/src/core/orderly-close.ts";
import { Connection } from "../kernel/connection.ts";
import type { Machine } from "../kernel/machine.ts";
import { Process, type Program, type Timer } from "../kernel/process.ts";
import type { World } from "../world.ts";
import type { ChannelsHost } from "./channels-host.ts";
import { ChannelsLine } from "./channels-line.ts";
import type { HeartbeatServer, StreamDown, StreamUp } from "./heartbeat-server.ts";

type Stream = Connection<StreamUp, StreamDown>;

export class HeartbeatHost {
  readonly process: Process;
  readonly settings: BeatSettings;
  readonly channels: ChannelsHost;
  readonly #group: string;
  readonly #world: World;
  readonly #monitorAt: (address: string) => HeartbeatServer | undefined;
  /** To its channels service. */
  readonly line: ChannelsLine;
  #state: BeatState;
  #stream: Stream | undefined;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  /** What the trace said last of a stream that was lost. */
  #toldError = "";

  constructor(
    world: World,
    given: {
      machine: Machine;
      settings: BeatSettings;
      channels: ChannelsHost;
      group: string;
      monitorAt: (address: string) => HeartbeatServer | undefined;
    },
  ) {
    const { machine, settings } = given;
    this.#world = world;
    this.settings = settings;
    this.channels = given.channels;
    this.#group = given.group;
    this.#monitorAt = given.monitorAt;
    this.#state = begin(settings, { nowMs: 0, bootMs: 0 });
    const launch = () => this.#begin();
    const name = `heartbeat@${machine.name}`;
    this.process = new Process(name, { machine, schedule: world.schedule, launch });
    this.line = new ChannelsLine(world, {
      process: this.process,
      channels: given.channels,
      tell: (happening) => this.#dispatch(happening),
    });
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
      this.line.watch();
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
        this.#stream?.sendUp({
          kind: "heartbeat",
          content: effect,
          sentAtMs: this.#world.schedule.nowMs,
        });
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
        return this.line.call(effect.decision, {
          deadlineMs: effect.deadlineMs,
          monitorUntilBootMs: effect.monitorUntilBootMs,
          ordinaryLeaseMs: this.#state.knowledge.ordinaryMs ?? 0,
        });
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
        session ??= server.accept(stream, {
          serverId: this.settings.serverId,
          group: this.#group,
          machine: this.process.machine.name,
        });
        session.hear(message);
      },
      waits: (isUnread) => {
        // What a stranger has not read is none of its monitor's business.
        if (server.process.name !== this.settings.addresses[0]) return;
        this.#world.tell({ kind: "input_waits", serverId: this.settings.serverId, isUnread });
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
    const { stream, lastError } = after.link;
    if (stream.kind === "open" && stream.acknowledged > 0) this.#toldError = "";
    const isLost = before.link.stream.kind !== "waiting" && stream.kind === "waiting";
    // Once is enough where it tries again and again.
    if (isLost && lastError !== this.#toldError) {
      trace.say(this.process.name, `lost its stream: ${lastError}`);
      this.#toldError = lastError;
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

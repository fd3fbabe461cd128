// The server side of heartbeat streams: grpc/heartbeat-stream.ts of the monitor, on simulated
// connections.

import type {
  Answer as BeatAnswer,
  HeartbeatContent,
} from "../../services/heartbeat/src/core/beat-state.ts";
import type { Actor } from "../../services/heartbeat/src/core/orderly-close.ts";
import { type Heard, newHeard } from "../../services/monitor/src/core/heard.ts";
import { type Answer, whyNotGood } from "../../services/monitor/src/core/answer.ts";
import type { Monitor } from "../../services/monitor/src/monitor.ts";
import type { ServerLoop } from "../../services/monitor/src/server-loop.ts";
import type { Process } from "../kernel/process.ts";
import { sabotageHeard, sabotageGrant } from "../sabotage.ts";
import type { World } from "../world.ts";
import { fillHeard } from "./translate.ts";

export type StreamUp =
  | { readonly kind: "heartbeat"; readonly content: HeartbeatContent; readonly sentAtMs: number }
  | { readonly kind: "close"; readonly sequence: number; readonly actor: Actor };

export type StreamDown = BeatAnswer;

/** Hears what a server told of itself. */
type Told = (server: ServerLoop, content: HeartbeatContent) => void;

interface Line {
  sendDown(answer: StreamDown): void;
  end(because: string): void;
}

/** What a stream says of itself, and the machine that it comes from. */
interface Sender {
  readonly serverId: string;
  readonly group: string;
  readonly machine: string;
}

/** Takes the heartbeats of all servers of one life of a monitor. */
export class HeartbeatServer {
  readonly process: Process;
  readonly #world: World;
  readonly #monitor: () => Monitor | undefined;
  readonly #told: Told;
  #serials = 0;

  constructor(
    world: World,
    process: Process,
    given: { monitor: () => Monitor | undefined; told: Told },
  ) {
    this.#world = world;
    this.process = process;
    this.#monitor = given.monitor;
    this.#told = given.told;
  }

  /** A stream whose first message has arrived. */
  accept(line: Line, from: Sender): { hear(message: StreamUp): void; leave(): void } {
    const monitor = this.#monitor();
    const server = monitor?.servers.get(from.serverId);
    const isOfGroup =
      from.group === monitor?.parts.group || this.#world.sabotage === "group_unasked";
    if (monitor === undefined || server === undefined || !isOfGroup) {
      line.end(isOfGroup ? "unknown server" : `its group is "${monitor?.parts.group ?? ""}"`);
      return { hear: () => undefined, leave: () => undefined };
    }
    const serial = (this.#serials += 1);
    return new Session(this.#world, { line, from, server, monitor, serial, told: this.#told });
  }
}

class Session {
  readonly #world: World;
  readonly #line: Line;
  readonly #machine: string;
  readonly #server: ServerLoop;
  readonly #monitor: Monitor;
  readonly #serial: number;
  readonly #told: Told;
  readonly #heard: Heard = newHeard();
  #isOpen = false;
  #isOver = false;
  /** By the clock of the monitor's machine. */
  readonly #answeredAtMs = new Map<number, number>();
  #answer: Answer | undefined;
  #grants: BeatAnswer["grants"] = [];

  constructor(
    world: World,
    given: {
      line: Line;
      from: Sender;
      server: ServerLoop;
      monitor: Monitor;
      serial: number;
      told: Told;
    },
  ) {
    this.#world = world;
    this.#line = given.line;
    this.#machine = given.from.machine;
    this.#server = given.server;
    this.#monitor = given.monitor;
    this.#serial = given.serial;
    this.#told = given.told;
  }

  hear(message: StreamUp): void {
    if (this.#isOver) return;
    if (message.kind === "close") return this.#takeClose(message);
    this.#takeHeartbeat(message);
  }

  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#server.streams.end(this.#serial);
  }

  #takeHeartbeat({ content, sentAtMs }: Extract<StreamUp, { kind: "heartbeat" }>): void {
    const { journalId } = this.#monitor.parts.journal;
    const heard = this.#heard;
    fillHeard(heard, content, { journalId, host: this.#server.record.serverId });
    sabotageHeard(this.#world.sabotage, heard, this.#server.watched.liveness);
    if (!this.#isOpen) {
      this.#isOpen = true;
      const refusal = this.#server.streams.open({
        serial: this.#serial,
        lifeId: "",
        holder: heard.holder,
        replace: () => this.#end("a newer stream took the place of this one"),
      });
      if (refusal !== undefined) return this.#end(refusal.message);
    }
    this.#tellOnlookers(content, sentAtMs);
    const answer = this.#server.streams.hear(this.#serial, heard);
    if (answer === undefined) return;
    if ("reason" in answer) return this.#end(answer.message);
    this.#told(this.#server, content);
    this.#write(answer, heard.sequence);
  }

  // What anybody could see on the wire, and nothing of what the monitor makes of it but a drill.
  #tellOnlookers({ acknowledged, knowledge }: HeartbeatContent, sentAtMs: number): void {
    const { serverId } = this.#server.record;
    const answeredAtMs = this.#answeredAtMs.get(acknowledged) ?? Number.NaN;
    const proofAgeMs = this.#nowMs() - answeredAtMs;
    const { isAnswering } = knowledge;
    const { drillSilence } = this.#server.watched.liveness;
    const isSilenced = drillSilence !== undefined && this.#nowMs() < drillSilence.untilMs;
    const proof = { sentAtMs, proofAgeMs, isAnswering, isSilenced };
    this.#world.tell({ kind: "heartbeat_arrived", serverId, machine: this.#machine, ...proof });
  }

  #nowMs(): number {
    return this.#monitor.parts.clock.nowMs();
  }

  #write(answer: Answer, sequence: number): void {
    this.#answeredAtMs.set(sequence, this.#nowMs());
    if (answer !== this.#answer) {
      this.#answer = answer;
      this.#grants = [this.#grantOf(answer)];
      if (this.#world.trace.isOn) {
        const why = answer.because === "" ? "" : `: ${answer.because}`;
        const text = `answers ${this.#server.record.serverId} ${answer.grant}${why}`;
        this.#world.trace.say("monitor", `${text} (term ${answer.term})`);
      }
    }
    this.#line.sendDown({
      sequence,
      view: answer.state,
      unfitBecause: whyNotGood(this.#server.watched.liveness.lastVerdict),
      grants: this.#grants,
    });
  }

  #grantOf(answer: Answer): BeatAnswer["grants"][number] {
    const { serverId } = this.#server.record;
    const { journalId } = this.#monitor.parts.journal;
    const order = { serverId, term: answer.term, journalId };
    const { settings } = this.#server.watched;
    const leaseMs = answer.grant === "lease" ? answer.leaseMs : settings.leaseMs;
    const { grant, lengthMs } = sabotageGrant(this.#world.sabotage, answer.grant, leaseMs);
    switch (grant) {
      case "lease":
        return { order, decision: { kind: "lease", lengthMs } };
      case "nothing":
        return { order, decision: { kind: "nothing", overrideMs: answer.overrideMs || undefined } };
      case "withdraw":
        return { order, decision: { kind: "withdraw", because: answer.because } };
    }
  }

  #takeClose({ sequence, actor }: Extract<StreamUp, { kind: "close" }>): void {
    const refusal = this.#server.streams.close(this.#serial, actor);
    if (refusal !== undefined) return this.#end(refusal.message);
    const view = this.#server.record.state;
    this.#line.sendDown({ sequence, view, unfitBecause: "", grants: [] });
    this.#end("closed");
  }

  #end(because: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#server.streams.end(this.#serial);
    this.#line.end(because);
  }
}

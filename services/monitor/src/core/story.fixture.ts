// A watched server in a test: applies events at chosen instants and keeps what came of them.

import type { Server } from "./draft.ts";
import type { FlowStep } from "./flow.ts";
import { loadServer, step } from "./server.ts";
import type { Actor } from "./run-record.ts";
import type { Refusal, ServerEffect, ServerEvent } from "./server-event.ts";
import { newServerRecord, type ServerRecord } from "./server-record.ts";
import type { ServerSettings } from "./server-settings.ts";

type WithoutMoment<T> = T extends ServerEvent ? Omit<T, "nowMs" | "wallMs"> : never;
type StoryEvent = WithoutMoment<ServerEvent>;

const start: FlowStep = { kind: "start_channels", target: "backup-1", names: ["orders"] };
const stop: FlowStep = { kind: "stop_channels", target: "backup-1", names: ["orders"] };

/**
 * Settings with a threshold of 1000 ms and a lease of 750 ms; a DEAD case that starts on backup-1.
 */
export function sampleSettings(fields: Partial<ServerSettings> = {}): ServerSettings {
  const cases: Readonly<Record<string, readonly FlowStep[]>> = { DEAD: [start], LIVE: [stop] };
  return {
    serverId: "primary-1",
    protection: "lease",
    thresholdMs: 1000,
    leaseMs: 750,
    leaseMarginMs: 0,
    clockDriftPercent: 0.1,
    releaseMs: 60_000,
    failback: { kind: "automatic" },
    flap: undefined,
    closeExpiryMs: undefined,
    switchoverTimeoutMs: 30_000,
    fencedTargets: [],
    flow: {
      startTargets: ["backup-1"],
      decision: "/signal",
      cases: Object.entries(cases).map(([caseName, steps]) => ({ caseName, steps })),
      plan: (document) => {
        const caseName = />(\w+)</.exec(document)?.[1] ?? "";
        const steps = cases[caseName];
        return steps === undefined ? { caseName: "", steps: [] } : { caseName, steps };
      },
    },
    ...fields,
  };
}

export const goodHeartbeat = {
  kind: "good_heartbeat",
  holder: "machine-1",
  host: "host-1",
  isLeaseHeld: false,
  leaseLeftMs: 0,
  isStoppedConfirmed: false,
} as const;

export class Story {
  readonly settings: ServerSettings;
  server: Server;
  nowMs = 0;
  effects: readonly ServerEffect[] = [];
  refusal: Refusal | undefined;

  constructor(fields: Partial<ServerSettings> = {}, stored: Partial<ServerRecord> = {}) {
    this.settings = sampleSettings(fields);
    const record = { ...newServerRecord("primary-1", 0), ...stored };
    this.server = loadServer(record, this.settings, { nowMs: 0, wallMs: 0 });
  }

  get record(): ServerRecord {
    return this.server.record;
  }

  /** Applies an event some milliseconds later. */
  after(delayMs: number, event: StoryEvent): this {
    this.nowMs += delayMs;
    const moment = { nowMs: this.nowMs, wallMs: this.nowMs };
    const result = step(this.settings, this.server, { ...event, ...moment });
    this.server = result.server;
    this.effects = result.effects;
    this.refusal = result.refusal;
    return this;
  }

  /** Time passes, and the server has been silent for all of it. */
  silence(
    silentMs: number,
    fields: { isUnwilling?: boolean; sinceGrantMs?: number; drill?: Actor } = {},
  ): this {
    return this.after(silentMs, {
      kind: "time_passed",
      silentMs,
      sinceGrantMs: fields.sinceGrantMs ?? silentMs,
      isUnwilling: fields.isUnwilling ?? false,
      drill: fields.drill,
      evidence: undefined,
    });
  }

  /** The server dies, and the start order goes to the backup. */
  takenOver(): this {
    return this.silence(1000).after(1, { kind: "start_begins", target: "backup-1" });
  }

  /** Time passes while good heartbeats go on. */
  wait(delayMs: number): this {
    return this.after(delayMs, {
      kind: "time_passed",
      silentMs: 0,
      sinceGrantMs: 0,
      isUnwilling: false,
      drill: undefined,
      evidence: undefined,
    });
  }

  confirm(target = "backup-1", term = this.record.term): this {
    return this.after(1, { kind: "target_confirmed", target, term });
  }

  /** From never heard to a lease: LIVE, and the gate is passed. */
  live(): this {
    return this.after(1, goodHeartbeat).confirm();
  }

  signals(): readonly string[] {
    return this.effects.flatMap((each) => (each.kind === "record_signal" ? [each.signal] : []));
  }

  kinds(): readonly string[] {
    return this.effects.map((each) => each.kind);
  }

  /** The run that the last event began. */
  begun() {
    return this.effects.find((each) => each.kind === "begin_run");
  }
}

export const anna = { name: "anna", reason: "test" };

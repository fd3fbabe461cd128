// What the synthetic gateway tells: one pair of servers in normal operation, one in which much is
// wrong, or hundreds.

import {
  makeChannel,
  makePulse,
  makeServer,
  makeSignal,
  makeSnapshot,
  makeSource,
  wallMs,
} from "../page/stream/views.fixture.ts";
import type { ChangeEvent, SnapshotEvent } from "./view/event.ts";
import type { PulseView } from "./view/pulse.ts";
import type { ServerView } from "./view/server.ts";

export const scenes = ["pair", "takeover", "trouble", "many", "long"] as const;

export type Scene = (typeof scenes)[number];

const manyServers = 500;

/** Seen by nobody: what a scene looks like `beat` quarters of a second after it began. */
export function snapshotOf(scene: Scene, nowMs: number): SnapshotEvent {
  const heard = { heardAtMs: nowMs };
  const snapshot = makeSnapshot({ nowMs, ...sceneViews(scene) });
  return {
    ...snapshot,
    sources: snapshot.sources.map((each) =>
      each.isUp ? { ...each, ...heard } : { ...each, heardAtMs: nowMs - 42_000 },
    ),
    servers: snapshot.servers.map((each) => ({ ...each, ...heard })),
    pulses: snapshot.pulses.map((each) => ({ ...each, ...heard })),
    channels: snapshot.channels.map((each) => ({ ...each, ...heard })),
  };
}

/** What a beat tells: every live server was heard again, and some servers have changed. */
export function beatOf(scene: Scene, beat: number, nowMs: number): ChangeEvent {
  const { servers, pulses } = makeSnapshot(sceneViews(scene));
  const live = servers.filter(({ state }) => state === "LIVE").map(({ serverId }) => serverId);
  const restarted = scene === "long" ? longChannels.slice(beat % 100, (beat % 100) + 5) : [];
  const changed = scene === "many" ? servers.slice((beat * 5) % manyServers).slice(0, 5) : [];
  return {
    kind: "change",
    nowMs,
    servers: changed.map((each) => ({ ...each, heardAtMs: nowMs })),
    channels: restarted.map((each) => ({ ...each, restarts: beat, heardAtMs: nowMs })),
    pulses: pulses
      .filter(({ serverId }) => live.includes(serverId))
      .map((each) => pulseAt(each, beat, nowMs)),
  };
}

function pulseAt(pulse: PulseView, beat: number, nowMs: number): PulseView {
  const sinceGoodMs = (beat * 50) % 200;
  return {
    ...pulse,
    heardAtMs: nowMs,
    goodHeartbeats: Math.floor((beat * 250) / 200),
    sinceGoodMs,
    roundTripMs: 0.7 + 0.3 * Math.abs(Math.sin(beat / 3)) + (beat % 17 === 0 ? 1.4 : 0),
    timeToDeadMs: 1000 - sinceGoodMs,
  };
}

function sceneViews(scene: Scene): Partial<SnapshotEvent> {
  switch (scene) {
    case "pair":
      return { signals: history };
    case "takeover":
      return takeover();
    case "trouble":
      return trouble();
    case "many":
      return many();
    case "long":
      return long();
  }
}

const history = [
  makeSignal({ signalId: "1", atMs: wallMs - 93_600_000, term: "1" }),
  makeSignal({
    signalId: "2",
    signal: "DEAD",
    term: "4",
    atMs: wallMs - 11_160_000,
    because: "No heartbeat for the threshold",
  }),
  makeSignal({ signalId: "3", term: "5", atMs: wallMs - 11_100_000, because: "It is back" }),
];

const dead: Partial<ServerView> = {
  state: "DEAD",
  declared: "DEAD",
  because: "No heartbeat for the threshold",
  assignment: "BACKUP",
  term: "8",
  changedAtMs: wallMs - 12_000,
  lease: { kind: "ended", term: "7", because: "Its deadline has passed" },
  sinceGoodMs: 13_000,
};

function takeover(): Partial<SnapshotEvent> {
  const started = { toldBy: "backup-1", term: "8" } as const;
  return {
    servers: [makeServer(dead)],
    pulses: [makePulse({ sinceGoodMs: 13_000, timeToDeadMs: undefined })],
    sources: makeSnapshot().sources.map((each) =>
      each.server === "primary-1" ? { ...each, isUp: false, problem: "connection refused" } : each,
    ),
    channels: [
      makeChannel(),
      makeChannel({ name: "invoices" }),
      makeChannel(started),
      makeChannel({ ...started, name: "invoices", activity: "STARTING" }),
      makeChannel({ toldBy: "backup-1", name: "reports", protectedBy: "", term: "" }),
    ],
    signals: [
      ...history,
      makeSignal({ signalId: "4", signal: "DEAD", term: "8", atMs: wallMs - 12_000 }),
    ],
  };
}

function trouble(): Partial<SnapshotEvent> {
  return {
    servers: troubled,
    pulses: troubled.map(({ serverId, toldBy }) => makePulse({ serverId, toldBy })),
    sources: [
      ...makeSnapshot().sources,
      makeSource({ server: "backup-2", isUp: false, problem: "no answer within 1 s" }),
    ],
    channels: [
      makeChannel({ toldBy: "backup-1", activity: "FAILED", because: "exited with code 3" }),
    ],
  };
}

const troubled: readonly ServerView[] = [
  makeServer({ serverId: "billing-eu-central-1-a", ...dead }),
  makeServer({
    serverId: "primary-2",
    maintenance: {
      owner: "anna",
      reason: "new disks",
      sinceAtMs: wallMs - 600_000,
      untilAtMs: wallMs + 3_000_000,
    },
    readiness: {
      isReady: false,
      problems: [
        {
          subject: "invoices on backup-1",
          reason: "COMMAND_NOT_FOUND",
          text: "its command node is not there",
          sinceAtMs: wallMs - 60_000,
        },
      ],
      problemsOmitted: 0,
      checkedAtMs: wallMs,
    },
  }),
  makeServer({
    serverId: "primary-3",
    failbackHold: {
      because: "an operator has to say so",
      delayMs: undefined,
      timeLeftMs: undefined,
    },
    assignment: "BACKUP",
    recentDeaths: 3,
    lease: { kind: "override", by: "anna", reason: "the monitor burns", sinceAtMs: wallMs },
  }),
  makeServer({ serverId: "primary-4", state: "WAITING", declared: "WAITING", isEverHeard: false }),
  makeServer({ serverId: "primary-5", toldBy: "backup-2" }),
];

function many(): Partial<SnapshotEvent> {
  const servers = Array.from({ length: manyServers }, (_, index) => {
    const fields = {
      serverId: `server-${String(index + 1).padStart(3, "0")}`,
      host: `host-${index}`,
    };
    if (index % 97 === 13) return makeServer({ ...dead, ...fields });
    if (index % 61 === 7) {
      return makeServer({ ...fields, state: "WAITING", declared: "WAITING", isEverHeard: false });
    }
    return makeServer(fields);
  });
  return {
    servers,
    pulses: servers.map(({ serverId }) => makePulse({ serverId })),
    signals: history,
  };
}

/** As many channels as a server takes, with names as long as they may be, on both sides. */
const longChannels = ["primary-1", "backup-1"].flatMap((toldBy) =>
  Array.from({ length: 1000 }, (_, index) => {
    const name = `channel-${String(index).padStart(4, "0")}-${"x".repeat(50)}`;
    const isBroken = index % 100 === 0;
    if (toldBy === "primary-1") return makeChannel({ name });
    const digest = isBroken ? "00" : makeChannel().digest;
    return makeChannel({ name, toldBy, digest, activity: "STOPPED", activation: "INACTIVE" });
  }),
);

function long(): Partial<SnapshotEvent> {
  return { channels: longChannels };
}

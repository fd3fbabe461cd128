// Views as a gateway would tell them, for tests and for the synthetic gateway: one pair of servers
// that works, or what is asked of it.

import type { ChannelView } from "../../src/view/channel.ts";
import type { SnapshotEvent } from "../../src/view/event.ts";
import type { PulseView } from "../../src/view/pulse.ts";
import type { ServerView } from "../../src/view/server.ts";
import type { SignalView } from "../../src/view/signal.ts";
import type { SourceView } from "../../src/view/source.ts";

/** The monitor's wall clock in all of them. */
export const wallMs = Date.UTC(2026, 10, 22, 18, 41, 7);

export function makeServer(fields: Partial<ServerView> = {}): ServerView {
  return {
    toldBy: "backup-1",
    heardAtMs: 0,
    serverId: "primary-1",
    state: "LIVE",
    declared: "LIVE",
    because: "Good heartbeats arrive",
    assignment: "PRIMARY",
    term: "7",
    journalId: "5f0c2a9e",
    protection: "LEASE",
    holder: "8d1f0b52-51c8-4c0e-9c4e-2f2b2a3d8f10:64769:1311",
    host: "db-host-1",
    isEverHeard: true,
    changedAtMs: wallMs - 11_100_000,
    asOfMs: wallMs,
    thresholdMs: 1000,
    sinceGoodMs: 90,
    lease: { kind: "held", term: "7", timeLeftMs: 660 },
    reportedAtMs: wallMs - 90,
    channels: [
      { name: "orders", activity: "STARTED", term: "7" },
      { name: "invoices", activity: "STARTED", term: "7" },
    ],
    targets: [
      {
        name: "backup-1",
        address: "127.0.0.1:7503",
        isClean: true,
        isConfirmed: true,
        lastError: "",
        isWatched: true,
        lastWordAtMs: wallMs - 400,
        channels: [
          { name: "orders", activity: "STOPPED", term: "6" },
          { name: "invoices", activity: "STOPPED", term: "6" },
        ],
      },
    ],
    maintenance: undefined,
    failbackHold: undefined,
    recentDeaths: 0,
    release: undefined,
    runId: "",
    readiness: { isReady: true, problems: [], problemsOmitted: 0, checkedAtMs: wallMs - 2000 },
    ...fields,
  };
}

export function makeChannel(fields: Partial<ChannelView> = {}): ChannelView {
  return {
    toldBy: "primary-1",
    heardAtMs: 0,
    name: "orders",
    protectedBy: "primary-1",
    activity: "STARTED",
    activation: "ACTIVE",
    term: "7",
    because: "Ready",
    restarts: 0,
    pid: 4711,
    changedAtMs: wallMs - 11_100_000,
    asOfMs: wallMs,
    digest: "9f86d081884c7d65",
    lastFailure: undefined,
    override: undefined,
    definition: {
      command: ["node", "main.ts", "orders"],
      environment: ["EXCHANGE_FOLDER"],
      workingDirectory: "../channels",
      user: "",
      readiness: "command",
      stopSignal: "SIGTERM",
      stopTimeoutMs: 1000,
      restartsMax: undefined,
    },
    ...fields,
  };
}

export function makePulse(fields: Partial<PulseView> = {}): PulseView {
  return {
    toldBy: "backup-1",
    heardAtMs: 0,
    serverId: "primary-1",
    goodHeartbeats: 100,
    sinceGoodMs: 90,
    lastGapMs: 201,
    intervalMs: 200,
    roundTripMs: 0.8,
    timeToDeadMs: 910,
    ...fields,
  };
}

export function makeSource(fields: Partial<SourceView> = {}): SourceView {
  return {
    service: "monitor",
    server: "backup-1",
    address: "127.0.0.1:7502",
    isUp: true,
    sinceMs: 0,
    heardAtMs: 0,
    problem: undefined,
    ...fields,
  };
}

export function makeSignal(fields: Partial<SignalView> = {}): SignalView {
  return {
    toldBy: "backup-1",
    heardAtMs: 0,
    signalId: "1",
    serverId: "primary-1",
    signal: "LIVE",
    term: "7",
    atMs: wallMs,
    because: "First good heartbeat",
    document: "<signal>LIVE</signal>",
    runId: "",
    evidence: "",
    host: "db-host-1",
    traceId: "",
    ...fields,
  };
}

/** The pair of the examples in normal operation. */
export function makeSnapshot(fields: Partial<SnapshotEvent> = {}): SnapshotEvent {
  const [stopped, backup] = ["STOPPED", "backup-1"] as const;
  const kept = { toldBy: backup, activity: stopped, activation: "INACTIVE", pid: 0 } as const;
  return {
    kind: "snapshot",
    lifeId: "1",
    nowMs: 0,
    sources: [
      makeSource(),
      makeSource({ service: "channels", address: "127.0.0.1:7503" }),
      makeSource({ service: "notify", address: "127.0.0.1:7504" }),
      makeSource({ service: "channels", server: "primary-1", address: "127.0.0.1:7403" }),
      makeSource({ service: "heartbeat", server: "primary-1", address: "127.0.0.1:7401" }),
    ],
    servers: [makeServer()],
    pulses: [makePulse()],
    signals: [makeSignal()],
    runs: [],
    channels: [
      makeChannel(),
      makeChannel({ name: "invoices", pid: 4712 }),
      makeChannel(kept),
      makeChannel({ ...kept, name: "invoices" }),
      makeChannel({ toldBy: "backup-1", name: "reports", protectedBy: "", term: "", pid: 815 }),
    ],
    heartbeats: [],
    mails: [],
    ...fields,
  };
}

// A watched server as its monitor tells it, for tests.

import type { ServerView, TargetView } from "../../src/view/server.ts";

export function targetView(fields: Partial<TargetView> = {}): TargetView {
  return {
    name: "backup-1",
    address: "127.0.0.1:7503",
    isClean: true,
    isConfirmed: true,
    lastError: "",
    isWatched: true,
    lastWordAtMs: 0,
    channels: [],
    ...fields,
  };
}

export function serverView(fields: Partial<ServerView> = {}): ServerView {
  return {
    toldBy: "backup-1",
    heardAtMs: 0,
    serverId: "primary-1",
    state: "LIVE",
    declared: "LIVE",
    because: "",
    assignment: "PRIMARY",
    term: "3",
    journalId: "j",
    protection: "LEASE",
    holder: "h",
    host: "host-1",
    isEverHeard: true,
    changedAtMs: 0,
    asOfMs: 0,
    thresholdMs: 1000,
    sinceGoodMs: 10,
    lease: { kind: "held", term: "3", timeLeftMs: 700 },
    reportedAtMs: 0,
    channels: [],
    targets: [targetView()],
    maintenance: undefined,
    failbackHold: undefined,
    recentDeaths: 0,
    release: undefined,
    runId: "",
    readiness: undefined,
    ...fields,
  };
}

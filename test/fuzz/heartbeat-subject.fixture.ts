// The heartbeat service over a loop that never beats: what it is asked to do is noted.

import { openSystemClock } from "@hot-backup/kit/clock.ts";
import { newDurationHistogram } from "@hot-backup/kit/duration-histogram.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import { begin } from "../../services/heartbeat/src/core/beat-state.ts";
import { createHeartbeatService } from "../../services/heartbeat/src/grpc/service.ts";
import type { HeartbeatLoop } from "../../services/heartbeat/src/loop.ts";
import type { Subject } from "./subject.fixture.ts";

const serverId = "primary-1";

const settings = {
  serverId,
  intervalMs: 200,
  addresses: ["127.0.0.1:1"],
  protection: "lease",
  silenceMs: 300,
  reconnectFirstMs: 20,
  reconnectMaxMs: 100,
  stopsOnFailedChannel: false,
  stopMs: 2000,
  closeMs: 2000,
} as const;

export async function openHeartbeatSubject(): Promise<Subject> {
  const log = openLog("test", { server: "test", level: "fatal" });
  const asked: unknown[] = [];
  const state = begin(settings, { nowMs: 0, bootMs: 0 });
  const loop: HeartbeatLoop = {
    start: () => {},
    state: () => state,
    close: (actor) => void asked.push(actor),
    detach: () => void asked.push("detach"),
    roundTrips: newDurationHistogram([]),
    ended: Promise.resolve({ kind: "closed", confirmedStopped: true, closeAnswered: true }),
  };
  const identity = {
    serverId,
    group: "test",
    lifeId: "life-1",
    host: "host-1",
    protection: "lease",
    intervalMs: 200,
  } as const;
  const service = createHeartbeatService({ loop, identity, log, clock: openSystemClock() });
  const server = await serve("127.0.0.1:0", { services: [service], log });
  return {
    address: server.address,
    snapshot: () => [...asked],
    [Symbol.asyncDispose]: () => server.close(0),
  };
}

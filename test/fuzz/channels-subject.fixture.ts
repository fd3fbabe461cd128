// The channels service over a runtime that starts nothing: whatever a definition says, no program
// of it is ever run.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSystemClock } from "@hot-backup/kit/clock.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import { stateWith } from "../../services/channels/src/core/state.fixture.ts";
import { createChannelService } from "../../services/channels/src/grpc/channel-service.ts";
import { openChannelLogs } from "../../services/channels/src/logs/channel-log.ts";
import { createLoop } from "../../services/channels/src/loop.ts";
import type { Runtime } from "../../services/channels/src/ports.ts";
import { openSqliteStore } from "../../services/channels/src/store/sqlite.ts";
import type { Subject } from "./subject.fixture.ts";

export const bootId = "b0071d";

/** Runs begin and end at once, in the mind only. */
const nowhere: Runtime = {
  clearEarlierLife: async () => 0,
  launch: (_, listener) => {
    let isOver = false;
    queueMicrotask(() => listener.onRunning(1));
    return {
      setKillAt: () => {},
      stop: () => {
        if (isOver) return;
        isOver = true;
        queueMicrotask(() => listener.onGone("stopped"));
      },
    };
  },
  check: async () => new Map(),
  close: async () => {},
};

/** The service of server "a", with one channel of its own, a borrowed and a local one. */
export async function openChannelsSubject(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-fuzz-"));
  const log = openLog("test", { server: "test", level: "fatal" });
  const clock = openSystemClock();
  const store = openSqliteStore(join(folder, "channels.db"));
  const logs = openChannelLogs({
    folder: join(folder, "logs"),
    bytesMax: 65_536,
    ...clock,
    onLost: () => {},
  });
  const initial = stateWith();
  const probe = { await: async () => undefined };
  const loop = createLoop({ initial, clock, store, runtime: nowhere, probe, logs, log });
  const holder = `${bootId}/${store.place}`;
  const checkRoom = () => Promise.resolve([]);
  const parts = { loop, logs, runtime: nowhere, checkRoom, clock, log };
  const service = createChannelService({ ...parts, serverId: "a", bootId, holder });
  const server = await serve("127.0.0.1:0", { services: [service], log });
  loop.begin();
  return {
    address: server.address,
    snapshot: () => {
      // The state itself: a refused request leaves the very same one. Logs come and go by
      // themselves, and so does the watch of a call before, which ends when its end is heard.
      const { monitorWatches: _, ...state } = loop.state();
      const files = readdirSync(folder).filter((name) => name !== "logs");
      return { state, stored: store.load(), files };
    },
    [Symbol.asyncDispose]: async () => {
      await server.close(0);
      await loop.stop();
      await logs.close();
      store[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

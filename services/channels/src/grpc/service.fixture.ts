// A channels service on a free port with a client, for tests of its methods over real gRPC.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSystemClock } from "@hot-backup/kit/clock.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import * as wire from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { openLog } from "@hot-backup/kit/log.ts";
import type { Tls } from "@hot-backup/kit/tls.ts";
import { restore } from "../core/durable.ts";
import { settings } from "../core/state.fixture.ts";
import { openChannelLogs } from "../logs/channel-log.ts";
import { createLoop } from "../loop.ts";
import { openProcessRuntime } from "../runtimes/process.ts";
import { openProbe } from "../runtimes/readiness.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { createChannelService } from "./channel-service.ts";

export const clock = openSystemClock();

const bootId = "b0071d";
const options = { what: "call", deadlineMs: 15_000 };

/** An order of the journal "j". */
export const order = (serverId: string, term: bigint, journalId = "j") => ({
  serverId,
  term,
  journalId,
});

/** A definition that runs a script, as a request holds it. */
export function definition(name: string, script = "exec sleep 1000", more: object = {}) {
  const value = { command: ["sh", "-c", script] };
  return { name, runtime: { $case: "process", value }, ...more };
}

/** Starts the service of server "a" with a folder of its own. */
export async function startWire(tls?: Tls) {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-wire-"));
  const log = openLog("test", { server: "test", level: "fatal" });
  const store = openSqliteStore(join(folder, "channels.db"));
  const programs = { serverId: "a", dataFolder: folder, storeId: store.storeId };
  const runtime = await openProcessRuntime({ ...programs, clock, log });
  const onLost = () => undefined;
  const logs = openChannelLogs({ folder, bytesMax: 65_536, ...clock, onLost });
  const probe = openProbe({ ...programs, nowMs: clock.nowMs });
  const initial = restore(store.load(), settings, 0);
  const loop = createLoop({ initial, clock, store, runtime, probe, logs, log });
  const holder = `${bootId}/${store.place}`;
  const checkRoom = () => Promise.resolve([]);
  const parts = { loop, logs, runtime, checkRoom, clock, log };
  const service = createChannelService({ ...parts, serverId: "a", bootId, holder });
  const server = await serve("127.0.0.1:0", { services: [service], log, tls });
  loop.begin();
  const client = dial(wire.ChannelServiceClient, server.address);
  const close = async () => {
    client.close();
    await loop.stop();
    await server.close(100);
    await runtime.close();
    await logs.close();
    store[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  };
  return { folder, loop, client, address: server.address, close, ...callsOf(client) };
}

/** The unary methods with requests that need not be whole. */
export function callsOf(client: wire.ChannelServiceClient) {
  const inactive = wire.Activation.ACTIVATION_INACTIVE;
  return {
    deploy: (given: object | undefined, activation: wire.Activation = inactive) => {
      const request = wire.DeployChannelRequest.fromPartial({ definition: given, activation });
      return call(client.deployChannel.bind(client), request, options);
    },
    start: (given: object) => {
      const request = wire.StartChannelsRequest.fromPartial(given);
      return call(client.startChannels.bind(client), request, options);
    },
    stop: (given: object) => {
      const request = wire.StopChannelsRequest.fromPartial(given);
      return call(client.stopChannels.bind(client), request, options);
    },
    get: (name: string) => call(client.getChannelState.bind(client), { name }, options),
    list: (given: object) => {
      const request = wire.ListChannelsRequest.fromPartial(given);
      return call(client.listChannels.bind(client), request, options);
    },
    check: (given: object) => {
      const request = wire.CheckChannelsRequest.fromPartial(given);
      return call(client.checkChannels.bind(client), request, options);
    },
    undeploy: (name: string) =>
      call(client.undeployChannel.bind(client), { name, actor: undefined }, options),
    renew: (given: object) => {
      const request = wire.RenewLeaseRequest.fromPartial({ serverId: "a", bootId, ...given });
      return call(client.renewLease.bind(client), request, options);
    },
  };
}

/** How a call failed. */
export async function failureOf(answer: Promise<unknown>): Promise<CallFailed> {
  const failure: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof CallFailed) return failure;
  throw new Error("the call did not fail", { cause: failure });
}

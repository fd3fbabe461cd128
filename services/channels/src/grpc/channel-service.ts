// The methods of hotbackup.v1.ChannelService: thin code between checked requests and the loop.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { type CallContext, serverStream, unary } from "@hot-backup/kit/grpc-handlers.ts";
import type { Served } from "@hot-backup/kit/grpc-serve.ts";
import type { Identity } from "@hot-backup/kit/identity.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import {
  type ChannelServiceServer,
  ChannelServiceService,
  type DeployChannelRequest,
  type RenewLeaseRequest,
  type RenewLeaseResponse,
  type UndeployChannelRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { toLeaseReport, toProtectedChannel, toWireChannel } from "../convert.ts";
import type { Channel } from "../core/channel-state.ts";
import { bounds } from "../core/definition.ts";
import { undeployOutcome } from "../core/outcome.ts";
import type { State } from "../core/state.ts";
import type { Loop } from "../loop.ts";
import type { ChannelLogs } from "../ports.ts";
import { type Telling, tellingOf } from "../telling.ts";
import { type CheckSources, createCheckChannels } from "./check-channels.ts";
import { listChannels } from "./list-channels.ts";
import * as requests from "./requests.ts";
import { sendLog } from "./send-log.ts";
import { watchChannels } from "./watch-channels.ts";
import { startChannels, stopChannels, waitUntil } from "./wishes.ts";

/** What the methods work with. */
export interface ServiceOptions {
  readonly loop: Loop;
  readonly logs: ChannelLogs;
  readonly runtime: CheckSources["runtime"];
  readonly checkRoom: CheckSources["checkRoom"];
  readonly clock: Clock;
  readonly log: Logger;
  readonly serverId: string;
  readonly bootId: string;
  /** "<boot id>/<dev>:<inode of the store>". */
  readonly holder: string;
}

/** The service, ready to be added to a server. */
export function createChannelService(options: ServiceOptions): Served {
  const { log, loop, clock } = options;
  const state = () => loop.state();
  const checkChannels = createCheckChannels({ ...options, state, wallMs: clock.wallMs });
  const implementation: ChannelServiceServer = {
    deployChannel: unary(log, (request, { caller }) => deploy(options, request, caller)),
    undeployChannel: unary(log, (request, context) => undeploy(options, { request, context })),
    startChannels: unary(log, (request, context) => startChannels(options, request, context)),
    stopChannels: unary(log, (request, context) => stopChannels(options, request, context)),
    getChannelState: unary(log, (request, { caller }) => ({
      channel: toWireChannel(
        findChannel(loop.state(), requests.readName(request.name)),
        tellNow(options, caller),
      ),
    })),
    listChannels: unary(log, (request, { caller }) => {
      const telling = tellNow(options, caller);
      return listChannels(request, { state: loop.state(), bootMs: clock.bootMs(), telling });
    }),
    watchChannels: serverStream(log, (request, outlet) =>
      watchChannels({ loop, telling: () => tellNow(options, outlet.caller) }, request, outlet),
    ),
    renewLease: unary(log, (request) => renew(options, request)),
    checkChannels: unary(log, checkChannels),
    readChannelLog: serverStream(log, (request, outlet) => {
      const { name, tail } = requests.readLogRequest(request);
      findChannel(loop.state(), name);
      return sendLog(options.logs.of(name), { tail, isFollowed: request.follow }, outlet);
    }),
  };
  return { definition: ChannelServiceService, implementation };
}

function tellNow({ serverId, clock }: ServiceOptions, caller: Identity | undefined): Telling {
  return tellingOf({ serverId, wallMs: clock.wallMs() }, caller);
}

function deploy(
  options: ServiceOptions,
  request: DeployChannelRequest,
  caller: Identity | undefined,
) {
  const { loop } = options;
  const news = requests.readDeploy(request);
  const { name } = news.definition;
  const { refusedBecause } = loop.tell(news);
  if (refusedBecause !== undefined) {
    const why = deployRefusals[refusedBecause] ?? refusedBecause;
    throw new Failure("refused", {
      message: `Cannot deploy channel "${name}": ${why}`,
      reason: refusedBecause,
      metadata: { name },
    });
  }
  return { channel: toWireChannel(findChannel(loop.state(), name), tellNow(options, caller)) };
}

const deployRefusals: Readonly<Record<string, string>> = {
  CHANNEL_RUNS: "it runs, and which server protects it can change only while it does not",
  PROTECTION_UNKNOWN: "this server protects it, and its configuration says not how",
  TOO_MANY_CHANNELS: `${bounds.channelsMax} others are deployed here`,
};

async function undeploy(
  options: ServiceOptions,
  { request, context }: { request: UndeployChannelRequest; context: CallContext },
) {
  const { loop } = options;
  const name = requests.readName(request.name, request.actor);
  const channel = findChannel(loop.state(), name);
  loop.tell({ type: "channel_undeployed", name });
  const look = () => undeployOutcome(loop.state().channels.get(name));
  const outcome = await waitUntil(loop, look, context.signal);
  if (!outcome.ok) {
    throw new Failure("replaced", {
      message: `Cannot undeploy channel "${name}": ${outcome.error}`,
      reason: outcome.reason,
      metadata: { name },
    });
  }
  return { channel: toWireChannel(channel, tellNow(options, context.caller)) };
}

// On the path of every heartbeat: one step, no store unless the term is new, no log.
function renew(options: ServiceOptions, request: RenewLeaseRequest): RenewLeaseResponse {
  const { loop, clock, serverId, bootId, holder } = options;
  const news = requests.readRenewal(request, { serverId, bootId, bootMs: clock.bootMs() });
  const { state, refusedBecause } = loop.tell(news);
  const channels = [...state.channels.values()].filter(
    ({ definition }) => definition.protectedBy === serverId,
  );
  return {
    report: toLeaseReport(state, serverId, clock.bootMs()),
    refusedBecause: refusedBecause ?? "",
    channels: channels.map(toProtectedChannel),
    holder,
  };
}

function findChannel(state: State, name: string): Channel {
  const channel = state.channels.get(name);
  if (channel !== undefined) return channel;
  throw new Failure("not_found", {
    message: `Cannot find channel "${name}": it is not deployed here`,
    reason: "UNKNOWN_CHANNEL",
    metadata: { name },
  });
}

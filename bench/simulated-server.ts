// One watched server as a monitor sees it: a connection of its own, one stream, and the heartbeats
// of a server that acknowledges every answer and holds the lease that it was granted. Nothing runs
// behind it.

import { type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { Grant, LeaseReport } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import {
  MonitorServiceClient,
  type StreamHeartbeatsRequest,
  type StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";

type Stream = ClientDuplexStream<StreamHeartbeatsRequest, StreamHeartbeatsResponse>;

/** What a simulated server says of itself. */
export interface SimulatedServerOptions {
  readonly address: string;
  readonly serverId: string;
  readonly group: string;
  readonly intervalMs: number;
  /** Called with the round trip of each answer. */
  onAnswer(roundTripMs: number): void;
}

/** A server that beats when it is told to. */
export interface SimulatedServer {
  beat(): void;
  readonly hasLease: boolean;
  /** Why the monitor did not take the last heartbeat as good. Empty: it did. */
  readonly unfitBecause: string;
  /** Why the stream ended. Empty: it runs. */
  readonly endedBecause: string;
}

/**
 * Connects, sends the first heartbeat, and resolves with its answer. Rejects when the stream ends
 * before.
 */
export function connectSimulatedServer(options: SimulatedServerOptions): Promise<SimulatedServer> {
  const client = new MonitorServiceClient(options.address, credentials.createInsecure(), {
    // A server has a connection of its own, even where a thousand of them are one process.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_channelz": 0,
  });
  const stream = client.streamHeartbeats();
  const server = createServer(stream, options);
  return new Promise((resolve, reject) => {
    stream.once("data", () => {
      // As the real one does: a second heartbeat at once proves the round trip.
      server.beat();
      resolve(server);
    });
    stream.once("end", () => reject(new Error(`${options.serverId}: the stream ended`)));
    stream.once("error", reject);
    server.beat();
  });
}

function createServer(stream: Stream, options: SimulatedServerOptions): SimulatedServer {
  let sequence = 0n;
  let acknowledged = 0n;
  let sentAtMs = 0;
  let lease: LeaseReport | undefined;
  const state = { hasLease: false, unfitBecause: "", endedBecause: "" };

  stream.on("data", (answer: StreamHeartbeatsResponse) => {
    if (answer.sequence === sequence) options.onAnswer(performance.now() - sentAtMs);
    acknowledged = answer.sequence;
    state.unfitBecause = answer.unfitBecause;
    lease = reportLease(answer.grants[0], lease);
    state.hasLease = lease?.state?.$case === "held";
  });
  stream.on("error", (error) => {
    state.endedBecause = error.message;
  });
  stream.on("end", () => {
    state.endedBecause ||= "the monitor ended the stream";
  });
  return Object.assign(state, {
    beat: () => {
      if (state.endedBecause !== "") return;
      sequence += 1n;
      sentAtMs = performance.now();
      stream.write(createHeartbeat(options, { sequence, acknowledged, lease }));
    },
  });
}

// What the channels service of a real server would report after it was told of this grant.
function reportLease(
  grant: Grant | undefined,
  before: LeaseReport | undefined,
): LeaseReport | undefined {
  const order = grant?.order;
  if (order === undefined) return before;
  switch (grant?.decision?.$case) {
    case "lease": {
      const { term, journalId } = order;
      const timeLeft = grant.decision.value;
      return { highest: order, state: { $case: "held", value: { term, journalId, timeLeft } } };
    }
    case "withdraw": {
      const { term, journalId } = order;
      const ended = { term, journalId, because: "withdrawn" };
      return { highest: order, state: { $case: "ended", value: ended } };
    }
    case "nothing":
    case undefined:
      return { highest: order, state: before?.state ?? { $case: "none", value: {} } };
  }
}

function createHeartbeat(
  options: SimulatedServerOptions,
  now: { sequence: bigint; acknowledged: bigint; lease: LeaseReport | undefined },
): StreamHeartbeatsRequest {
  const held = now.lease?.state?.$case === "held" ? now.lease.state.value : undefined;
  const activity = held === undefined ? Activity.ACTIVITY_STOPPED : Activity.ACTIVITY_STARTED;
  const term = held?.term ?? 0n;
  return {
    message: {
      $case: "heartbeat",
      value: {
        serverId: options.serverId,
        group: options.group,
        lifeId: `life-of-${options.serverId}`,
        holder: `3b2c8f4e-7a51-4c0e-9d1f-2f6f0c1d8a11/2049/${options.serverId}`,
        sequence: now.sequence,
        acknowledged: now.acknowledged,
        interval: toDuration(options.intervalMs),
        lease: now.lease,
        channels: [
          { name: "orders", activity, term, digest: "0f1e2d3c4b5a6978" },
          { name: "invoices", activity, term, digest: "8796a5b4c3d2e1f0" },
        ],
        channelsAnswering: true,
        unfitBecause: "",
        protection: Protection.PROTECTION_LEASE,
        host: `host-of-${options.serverId}`,
        roundTrip: undefined,
      },
    },
  };
}

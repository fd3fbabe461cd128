// One stream to a monitor over grpc-js. Each stream has a connection of its own, so that a new one
// never waits for the backoff of an old one, nor writes into a connection that is dead without
// knowing it.

import {
  type ChannelOptions,
  type ClientDuplexStream,
  connectivityState,
  type ServiceError,
} from "@grpc/grpc-js";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { approach } from "@hot-backup/kit/grpc-dial.ts";
import type { SecureTarget } from "@hot-backup/kit/tls-dial.ts";
import {
  MonitorServiceClient,
  type StreamHeartbeatsRequest,
  type StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { createHeartbeatWriter, type Identity, readAnswer, writeClose } from "../convert.ts";
import type { Monitors, MonitorStream, StreamListener } from "../ports.ts";

const channelOptions: ChannelOptions = {
  "grpc.enable_channelz": 0,
  "grpc.use_local_subchannel_pool": 1,
  // The core decides when to come back; the connection itself must never wait for longer.
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.min_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 500,
  // Only for what the core cannot see; it notices silence itself, far sooner.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
};

type Call = ClientDuplexStream<StreamHeartbeatsRequest, StreamHeartbeatsResponse>;

/**
 * The monitors as this server sees them. `secureOf` tells how the one at an address proves itself.
 */
export function createMonitors(identity: Identity, secureOf: SecureOf = () => undefined): Monitors {
  const writeHeartbeat = createHeartbeatWriter(identity);
  return {
    open: (address, listener) => {
      const stream = openStream(address, { listener, secure: secureOf(address) });
      return {
        sendHeartbeat: (content) => stream.write(writeHeartbeat(content)),
        sendClose: (close) => stream.write(writeClose(close)),
        drop: stream.drop,
        end: stream.end,
      };
    },
  };
}

type SecureOf = (address: string) => SecureTarget | undefined;

interface RawStream extends Pick<MonitorStream, "drop" | "end"> {
  write(message: StreamHeartbeatsRequest): void;
}

function openStream(
  address: string,
  { listener, secure }: { listener: StreamListener; secure: SecureTarget | undefined },
): RawStream {
  const { target, credentials, options } = approach(address, secure);
  const client = new MonitorServiceClient(target, credentials, { ...channelOptions, ...options });
  let call: Call | undefined;
  let isOver = false;
  const leave = (): boolean => {
    if (isOver) return false;
    isOver = true;
    return true;
  };
  const finish = (because: string) => {
    if (!leave()) return;
    client.close();
    listener.ended(because);
  };
  const begin = (isConnected: boolean) => {
    if (isOver) return;
    // Where there is no connection the call fails at once and says why.
    call = client.streamHeartbeats();
    listenTo(call, { address, listener, finish, isOver: () => isOver });
    if (isConnected) listener.opened();
  };
  whenSettled(client, begin);
  return {
    write: (message) => call?.write(message),
    drop: () => {
      if (!leave()) return;
      // close() alone does not end streams: the monitor would never hear of it.
      call?.cancel();
      client.close();
    },
    end: () => {
      if (!leave()) return;
      call?.end();
      client.close();
    },
  };
}

function listenTo(
  call: Call,
  stream: {
    address: string;
    listener: StreamListener;
    finish(because: string): void;
    isOver(): boolean;
  },
): void {
  call.on("data", (message: StreamHeartbeatsResponse) => {
    if (!stream.isOver()) stream.listener.answered(readAnswer(message));
  });
  // `end` says nothing: it comes on every kind of end. The status does, an OK as well: only we end
  // streams in order.
  call.on("error", (error: ServiceError) => {
    const failure = new CallFailed(`Cannot send heartbeats to ${stream.address}`, error);
    stream.finish(`${failure.message} (${failure.reason})`);
  });
  call.on("status", () => stream.finish(`Monitor ${stream.address} ended the stream`));
}

// Tells whether the connection came about. The core gives up what never settles.
function whenSettled(
  client: InstanceType<typeof MonitorServiceClient>,
  then: (isConnected: boolean) => void,
): void {
  const channel = client.getChannel();
  const look = () => {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.SHUTDOWN) return;
    if (state === connectivityState.READY) return then(true);
    if (state === connectivityState.TRANSIENT_FAILURE) return then(false);
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, look);
  };
  // Never inside the call that opens the stream.
  setImmediate(look);
}

// A monitor for tests: takes streams on a free port, remembers what arrives, and answers as it is
// told.

import { type ServerDuplexStream, Server, ServerCredentials } from "@grpc/grpc-js";
import { Failure, toStatus } from "@hot-backup/kit/errors.ts";
import type { Grant } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import {
  type Close,
  type Heartbeat,
  MonitorServiceService,
  ServerState,
  type StreamHeartbeatsRequest,
  type StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";

type Call = ServerDuplexStream<StreamHeartbeatsRequest, StreamHeartbeatsResponse>;

export interface FakeMonitor extends AsyncDisposable {
  readonly address: string;
  readonly heartbeats: Heartbeat[];
  readonly closes: Close[];
  readonly streams: Call[];
  /** What every answer grants. */
  grants: readonly Grant[];
  /** Whether it answers at all. */
  isAnswering: boolean;
  /** Reason to refuse every stream with. Empty: none. */
  refusal: string;
  /** Ends all streams as a monitor does that goes away. */
  hangUp(): void;
}

export async function openFakeMonitor(): Promise<FakeMonitor> {
  const server = new Server();
  const fake: FakeMonitor = {
    address: "",
    heartbeats: [],
    closes: [],
    streams: [],
    grants: [],
    isAnswering: true,
    refusal: "",
    hangUp: () => {
      for (const stream of fake.streams.splice(0)) stream.end();
    },
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
  const streamHeartbeats = (call: Call) => {
    call.on("error", () => undefined);
    if (fake.refusal !== "") return refuse(call, fake.refusal);
    fake.streams.push(call);
    call.on("data", (request: StreamHeartbeatsRequest) => take(fake, call, request));
    call.on("end", () => call.end());
  };
  server.addService(
    { streamHeartbeats: MonitorServiceService.streamHeartbeats },
    { streamHeartbeats },
  );
  return Object.assign(fake, { address: `127.0.0.1:${await listen(server)}` });
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function take(fake: FakeMonitor, call: Call, { message }: StreamHeartbeatsRequest): void {
  if (message?.$case === "heartbeat") fake.heartbeats.push(message.value);
  if (message?.$case === "close") fake.closes.push(message.value);
  if (message === undefined || !fake.isAnswering) return;
  const { sequence } = message.value;
  const state = ServerState.SERVER_STATE_LIVE;
  call.write({ sequence, state, grants: fake.grants, unfitBecause: "" });
}

function refuse(call: Call, reason: string): void {
  const message = 'Cannot take heartbeats of "primary-1": another machine holds the server id';
  call.emit("error", toStatus(new Failure("refused", { message, reason })));
}

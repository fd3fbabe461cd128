// The yardstick: a bare grpc-js server that answers the monitor's own messages with a handler that
// does nothing else. It tells its parent the port it listens on, and ends with it. Usage: fork
// without arguments.

import { Server, ServerCredentials } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  MonitorServiceService,
  ServerState,
  type StreamHeartbeatsRequest,
  type StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { handleBidiStreamingCall } from "@grpc/grpc-js";

const journalId = "3f0c8a1e-5d0b-4c7e-9a51-7e2d1b6c0f42";
const lease = toDuration(15_000);

const echo: handleBidiStreamingCall<StreamHeartbeatsRequest, StreamHeartbeatsResponse> = (call) => {
  call.on("data", ({ message }: StreamHeartbeatsRequest) => {
    if (message?.$case !== "heartbeat") return;
    const { serverId, sequence } = message.value;
    call.write({
      sequence,
      state: ServerState.SERVER_STATE_LIVE,
      grants: [
        {
          order: { serverId, term: 2n, journalId },
          decision: { $case: "lease", value: lease },
        },
      ],
      unfitBecause: "",
    });
  });
  call.on("end", () => call.end());
  call.on("error", () => call.end());
};

process.on("disconnect", () => process.exit(0));
// Without channelz, as the monitor: it would make the yardstick slower than it has to be.
const server = new Server({ "grpc.enable_channelz": 0 });
server.register(
  MonitorServiceService.streamHeartbeats.path,
  echo,
  MonitorServiceService.streamHeartbeats.responseSerialize,
  MonitorServiceService.streamHeartbeats.requestDeserialize,
  "bidi",
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.send?.(port);
});

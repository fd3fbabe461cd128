// The server side of StreamHeartbeats, written on raw grpc-js because it is the hot path: per
// heartbeat it fills one record, asks the loop, and writes one answer. It stores nothing and logs
// nothing but changes.

import type { ServerDuplexStream } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { Failure, invalidInput, toStatus } from "@hot-backup/kit/errors.ts";
import type { Grant } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import type {
  Close,
  Heartbeat,
  MonitorServiceServer,
  StreamHeartbeatsRequest,
  StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { writeServerState } from "../convert.ts";
import { type Answer, whyNotGood } from "../core/watched.ts";
import type { Refusal } from "../core/server-event.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";
import type { LastHeartbeats } from "./last-heartbeats.ts";
import { checkFirst, newHeard, readHeartbeat } from "./read-heartbeat.ts";

type Call = ServerDuplexStream<StreamHeartbeatsRequest, StreamHeartbeatsResponse>;

/** One stream, from its first heartbeat on. */
interface Stream {
  readonly serial: number;
  readonly server: ServerLoop;
  readonly heard: ReturnType<typeof newHeard>;
  /** The answer that `grants` were made of: made anew only when it changes. */
  answer: Answer | undefined;
  grants: readonly Grant[];
}

/** The handler of StreamHeartbeats. */
export function createHeartbeatHandler(
  monitor: Monitor,
  last: LastHeartbeats,
): MonitorServiceServer["streamHeartbeats"] {
  let serials = 0;
  return (call) => {
    let stream: Stream | undefined;
    let isOver = false;
    const end = (error?: unknown) => {
      if (isOver) return;
      isOver = true;
      if (stream !== undefined) stream.server.streams.end(stream.serial);
      if (error === undefined) call.end();
      else call.emit("error", toStatus(error));
    };
    call.on("data", ({ message }: StreamHeartbeatsRequest) => {
      if (isOver) return;
      try {
        if (message?.$case === "heartbeat") {
          stream ??= open(monitor, message.value, { serial: (serials += 1), end });
          last.note(stream.server, message.value);
          answerHeartbeat(call, { monitor, stream, heartbeat: message.value });
        } else {
          takeClose(call, { stream, close: message?.value });
          end();
        }
      } catch (error) {
        end(error);
      }
    });
    // A stream that ends without a close was lost, however it ended.
    for (const event of ["end", "cancelled", "close", "error"]) call.on(event, () => end());
  };
}

function open(
  monitor: Monitor,
  heartbeat: Heartbeat,
  given: { serial: number; end: (error: unknown) => void },
): Stream {
  const { serial, end } = given;
  const server = monitor.servers.get(heartbeat.serverId);
  if (server === undefined) {
    throw new Failure("not_found", {
      message: `Cannot take heartbeats of server "${heartbeat.serverId}": it is not configured`,
      reason: "UNKNOWN_SERVER",
    });
  }
  const { protection } = server.watched.settings;
  checkFirst(heartbeat, { group: monitor.parts.group, protection });
  const replace = () =>
    end(
      new Failure("replaced", {
        message: `A newer stream of server "${heartbeat.serverId}" took the place of this one`,
        reason: "REPLACED",
      }),
    );
  refuse(server.streams.open({ serial, holder: heartbeat.holder, replace }));
  return { serial, server, heard: newHeard(), answer: undefined, grants: [] };
}

function answerHeartbeat(
  call: Call,
  given: { monitor: Monitor; stream: Stream; heartbeat: Heartbeat },
): void {
  const { stream, heartbeat } = given;
  const { server, heard } = stream;
  const { journalId } = given.monitor.parts.journal;
  const problem = readHeartbeat(heartbeat, heard, journalId);
  if (problem !== undefined) throw problem;
  const answer = server.streams.hear(stream.serial, heard);
  if (answer === undefined) return;
  if ("reason" in answer) return refuse(answer);
  if (answer !== stream.answer) {
    stream.answer = answer;
    stream.grants = [writeGrant(server, answer, journalId)];
  }
  call.write({
    sequence: heartbeat.sequence,
    state: writeServerState(answer.state),
    grants: stream.grants,
    unfitBecause: whyNotGood(server.watched.liveness.lastVerdict),
  });
}

function takeClose(
  call: Call,
  given: { stream: Stream | undefined; close: Close | undefined },
): void {
  const { stream, close } = given;
  if (stream === undefined || close === undefined) {
    throw invalidInput([
      { field: "message", description: "the first message must be a heartbeat" },
    ]);
  }
  const name = (close.actor?.name ?? "").slice(0, 128);
  const reason = (close.actor?.reason ?? "").slice(0, 1024);
  const actor = { name: name === "" ? "heartbeat service" : name, reason };
  refuse(stream.server.streams.close(stream.serial, actor));
  const { state } = stream.server.record;
  call.write({
    sequence: close.sequence,
    state: writeServerState(state),
    grants: [],
    unfitBecause: "",
  });
}

function refuse(refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw new Failure("refused", refusal);
}

function writeGrant(server: ServerLoop, answer: Answer, journalId: string): Grant {
  const order = { serverId: server.record.serverId, term: answer.term, journalId };
  const { because } = answer;
  switch (answer.grant) {
    case "lease": {
      const value = toDuration(server.watched.settings.leaseMs);
      return { order, decision: { $case: "lease", value } };
    }
    case "nothing":
      return { order, decision: { $case: "nothing", value: { because } } };
    case "withdraw":
      return { order, decision: { $case: "withdraw", value: { because } } };
  }
}

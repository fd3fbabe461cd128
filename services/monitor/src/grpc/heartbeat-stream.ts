// The server side of StreamHeartbeats, written on raw grpc-js because it is the hot path: per
// heartbeat it fills one record, asks the loop, and writes one answer. It stores nothing and logs
// nothing but changes.

import type { ServerDuplexStream } from "@grpc/grpc-js";
import { checkSpeaksFor } from "@hot-backup/kit/authorize.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { Failure, invalidInput, toStatus } from "@hot-backup/kit/errors.ts";
import { streamQueueMax } from "@hot-backup/kit/grpc-handlers.ts";
import { checkDecoded } from "@hot-backup/kit/undecodable.ts";
import type { Grant } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import type {
  Close,
  Heartbeat,
  MonitorServiceServer,
  StreamHeartbeatsRequest,
  StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { writeServerState } from "../convert.ts";
import { type Heard, newHeard } from "../core/heard.ts";
import { type Answer, whyNotGood } from "../core/answer.ts";
import type { Refusal } from "../core/server-event.ts";
import type { Monitor } from "../monitor.ts";
import type { RefusalHistory } from "../refusal-history.ts";
import { toFailure } from "../refusals.ts";
import type { ServerLoop } from "../server-loop.ts";
import type { ServerLives } from "../server-lives.ts";
import { findServer } from "./find-server.ts";
import { findCloseFault, findFault } from "./heartbeat-rules.ts";
import type { LastHeartbeats } from "./last-heartbeats.ts";
import { noteRefusedStream } from "./note-refusal.ts";
import { checkAgreement, readHeartbeat } from "./read-heartbeat.ts";
import type { RefusedStreams } from "./refused-streams.ts";

type Call = ServerDuplexStream<StreamHeartbeatsRequest, StreamHeartbeatsResponse>;

/** One stream, from its first heartbeat on. */
interface Stream {
  readonly serial: number;
  readonly server: ServerLoop;
  readonly heard: Heard;
  readonly first: Heartbeat;
  /** The answer that `grants` were made of: made anew only when it changes. */
  answer: Answer | undefined;
  grants: readonly Grant[];
}

/** The handler of StreamHeartbeats. */
export function createHeartbeatHandler(
  monitor: Monitor,
  given: {
    last: LastHeartbeats;
    refused: RefusedStreams;
    refusals: RefusalHistory;
    lives: ServerLives;
  },
): MonitorServiceServer["streamHeartbeats"] {
  const { last, refused, refusals, lives } = given;
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
    call.on("data", (request: StreamHeartbeatsRequest) => {
      if (isOver) return;
      try {
        checkDecoded(request);
        const { message } = request;
        if (message?.$case === "heartbeat") {
          check(message.value, { monitor, stream });
          if (stream === undefined) checkSpeaksFor(call, message.value.serverId);
          stream ??= open(monitor, message.value, { serial: (serials += 1), lives, end });
          answerHeartbeat(call, { monitor, stream, last, heartbeat: message.value });
        } else {
          takeClose(call, { stream, close: message?.value });
          end();
        }
      } catch (error) {
        noteRefusal(call, { monitor, refused, refusals, request, error });
        end(error);
      }
    });
    // A stream that ends without a close was lost, however it ended.
    for (const event of ["end", "cancelled", "close", "error"]) call.on(event, () => end());
  };
}

// All that is wrong with a heartbeat is found before it touches anything: not even a stream is
// opened, since that would push out the one before.
function check(
  heartbeat: Heartbeat,
  { monitor, stream }: { monitor: Monitor; stream: Stream | undefined },
): void {
  const knownTerm = monitor.servers.get(heartbeat.serverId)?.record.term ?? 0n;
  const fault = findFault(heartbeat, stream, knownTerm);
  if (fault !== undefined) throw fault;
  const server = stream?.server ?? findServer(monitor, heartbeat.serverId);
  const { protection } = server.watched.settings;
  checkAgreement(heartbeat, { group: monitor.parts.group, protection });
}

function open(
  monitor: Monitor,
  heartbeat: Heartbeat,
  given: { serial: number; lives: ServerLives; end: (error: unknown) => void },
): Stream {
  const { serial, lives, end } = given;
  const { serverId, holder, lifeId } = heartbeat;
  const server = findServer(monitor, serverId);
  const replace = () =>
    end(
      new Failure("replaced", {
        message: `A newer stream of server "${serverId}" took the place of this one`,
        reason: "REPLACED",
      }),
    );
  refuse(server.streams.open({ serial, lifeId, holder, replace }));
  lives.note(server.record, lifeId);
  return { serial, server, heard: newHeard(), first: heartbeat, answer: undefined, grants: [] };
}

function noteRefusal(
  call: Call,
  given: {
    monitor: Monitor;
    refused: RefusedStreams;
    refusals: RefusalHistory;
    request: StreamHeartbeatsRequest;
    error: unknown;
  },
): void {
  const { message } = given.request;
  if (message?.$case !== "heartbeat") return;
  const { serverId } = message.value;
  const { error, monitor } = given;
  const isWatched = monitor.servers.has(serverId);
  const peer = call.getPeer();
  if (!given.refused.note({ serverId, isWatched, peer }, error)) return;
  noteRefusedStream(given, { heartbeat: message.value, peer, failure: error });
}

function answerHeartbeat(
  call: Call,
  given: { monitor: Monitor; stream: Stream; last: LastHeartbeats; heartbeat: Heartbeat },
): void {
  const { stream, last, heartbeat } = given;
  const { server, heard } = stream;
  const { journalId } = given.monitor.parts.journal;
  readHeartbeat(heartbeat, heard, journalId);
  const answer = server.streams.hear(stream.serial, heard);
  if (answer === undefined) return;
  if ("reason" in answer) return refuse(answer);
  last.note(server, heartbeat);
  if (answer !== stream.answer) {
    stream.answer = answer;
    stream.grants = [writeGrant(server, answer, journalId)];
  }
  checkReader(call, heartbeat);
  call.write({
    sequence: heartbeat.sequence,
    state: writeServerState(answer.state),
    grants: stream.grants,
    unfitBecause: whyNotGood(server.watched.liveness.lastVerdict),
  });
}

// Answers that nobody reads wait in memory. A stall of this process cannot bring that many about:
// the window of HTTP/2 holds only some hundred heartbeats.
function checkReader(call: Call, { serverId }: Heartbeat): void {
  if (call.writableLength < streamQueueMax) return;
  const of = `Cannot answer server "${serverId}" on this stream`;
  throw new Failure("exhausted", {
    message: `${of}: it has not read the last ${streamQueueMax} answers`,
    reason: "SLOW_READER",
  });
}

function takeClose(
  call: Call,
  given: { stream: Stream | undefined; close: Close | undefined },
): void {
  const { stream, close } = given;
  if (stream === undefined || close === undefined) {
    const description = "must be a heartbeat or a close, and the first one a heartbeat";
    throw invalidInput([{ field: "message", description }]);
  }
  const fault = findCloseFault(close, stream);
  if (fault !== undefined) throw fault;
  const { name = "", reason = "" } = close.actor ?? {};
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
  if (refusal !== undefined) throw toFailure(refusal);
}

function writeGrant(server: ServerLoop, answer: Answer, journalId: string): Grant {
  const order = { serverId: server.record.serverId, term: answer.term, journalId };
  const { because } = answer;
  switch (answer.grant) {
    case "lease": {
      const value = toDuration(answer.leaseMs);
      return { order, decision: { $case: "lease", value } };
    }
    case "nothing": {
      const { overrideMs } = answer;
      const overrideFor = overrideMs === 0 ? undefined : toDuration(overrideMs);
      return { order, decision: { $case: "nothing", value: { because, overrideFor } } };
    }
    case "withdraw":
      return { order, decision: { $case: "withdraw", value: { because } } };
  }
}

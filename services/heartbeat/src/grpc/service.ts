// HeartbeatService: tells how the stream and the lease are, and stops the server in good order.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { Failure, invalidInput, type Violation } from "@hot-backup/kit/errors.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import type { Served } from "@hot-backup/kit/grpc-serve.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import {
  type CloseServerRequest,
  type CloseServerResponse,
  type HeartbeatServiceServer,
  HeartbeatServiceService,
} from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import type { Identity } from "../convert.ts";
import type { Actor } from "../core/orderly-close.ts";
import { statusOf } from "../core/status.ts";
import type { HeartbeatLoop } from "../loop.ts";
import { writeStatus } from "./write-status.ts";

const nameCharactersMax = 128;
const reasonCharactersMax = 1024;

export function createHeartbeatService(options: {
  readonly loop: HeartbeatLoop;
  readonly identity: Identity;
  readonly log: Logger;
  readonly clock: Pick<Clock, "nowMs" | "wallMs">;
}): Served {
  const { loop, identity, log, clock } = options;
  const implementation: HeartbeatServiceServer = {
    getHeartbeatStatus: unary(log, () =>
      writeStatus(statusOf(loop.state(), clock.nowMs()), { identity, wallMs: clock.wallMs() }),
    ),
    closeServer: unary(log, (request) => closeServer(loop, request)),
  };
  return { definition: HeartbeatServiceService, implementation };
}

async function closeServer(
  loop: HeartbeatLoop,
  request: CloseServerRequest,
): Promise<CloseServerResponse> {
  const actor = readActor(request);
  const { closing, outcome } = loop.state();
  if (closing !== undefined || outcome !== undefined) {
    throw new Failure("refused", {
      message: `Cannot close server "${loop.state().settings.serverId}": it is being closed`,
      reason: "ALREADY_CLOSING",
    });
  }
  if (request.detach) loop.detach();
  else loop.close(actor);
  const ended = await loop.ended;
  if (ended.kind === "closed") {
    const { confirmedStopped, closeAnswered } = ended;
    return { confirmedStopped, closeAnswered };
  }
  return { confirmedStopped: false, closeAnswered: false };
}

// Who closes it and why may be left out, as for every order of an operator; what is told must be
// sound.
function readActor({ actor }: CloseServerRequest): Actor {
  const violations: Violation[] = [];
  const check = (field: string, text: string, charactersMax: number) => {
    if (text.length <= charactersMax && !/\p{Cc}/u.test(text)) return;
    const description = `must be one line of at most ${charactersMax} characters`;
    violations.push({ field, description });
  };
  check("actor.name", actor?.name ?? "", nameCharactersMax);
  check("actor.reason", actor?.reason ?? "", reasonCharactersMax);
  if (violations.length > 0) throw invalidInput(violations);
  const name = actor?.name ?? "";
  const reason = actor?.reason ?? "";
  return {
    name: name === "" ? "an operator" : name,
    reason: reason === "" ? "The server was closed by CloseServer" : reason,
  };
}

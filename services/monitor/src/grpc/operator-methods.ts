// What operators ask of a watched server: failback, switchover, confirmed stops and maintenance.

import { Failure } from "@hot-backup/kit/errors.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import type { MonitorServiceServer } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Actor as ActorMessage } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Actor } from "../core/run-record.ts";
import type { Moment, Refusal, ServerEvent } from "../core/server-event.ts";
import type { ServerLoop } from "../server-loop.ts";
import { stoppingRefusal, toFailure } from "../refusals.ts";
import { RequestCheck } from "./request-fields.ts";
import { findServer } from "./find-server.ts";
import { noting } from "./note-refusal.ts";
import { whyNoMove, whyTargetsUnready } from "./switchover-check.ts";
import { type ServerSources, writeServer } from "./write-server.ts";

const maintenanceMs = { minMs: 1000, maxMs: 30 * 86_400_000 };

type OperatorMethods = Pick<
  MonitorServiceServer,
  "failback" | "switchover" | "confirmStopped" | "setMaintenance" | "clearMaintenance"
>;

export function operatorMethods(sources: ServerSources): OperatorMethods {
  const { log, clock } = sources.monitor.parts;
  const moment = () => ({ nowMs: clock.nowMs(), wallMs: clock.wallMs() });
  const decide = (server: ServerLoop, event: ServerEvent) => {
    take(server, event);
    return { server: writeServer(sources, server) };
  };
  return {
    failback: unary(log, (request) => {
      const asked = begin(sources, request);
      const { server, actor } = asked;
      return noting(sources, asked, () => {
        checkStays(sources);
        return decide(server, { kind: "failback_asked", actor, ...moment() });
      });
    }),
    switchover: unary(log, (request) => {
      const asked = begin(sources, request);
      const { server, actor } = asked;
      return noting(sources, asked, async () => {
        await checkReady(sources, server);
        return decide(server, { kind: "switchover_asked", actor, ...moment() });
      });
    }),
    confirmStopped: unary(log, (request) => {
      const check = new RequestCheck();
      check.target(request.target);
      const asked = begin(sources, request, check);
      const { server, actor } = asked;
      const { target } = request;
      return noting(sources, asked, () => {
        return decide(server, { kind: "stopped_confirmed", target, actor, ...moment() });
      });
    }),
    setMaintenance: unary(log, (request) => {
      const check = new RequestCheck();
      const actor = check.actor(request.actor);
      const expiryMs = check.duration("expiry", request.expiry, maintenanceMs);
      const server = findServer(sources.monitor, request.serverId, check);
      return noting(sources, { server, actor }, () => {
        return decide(server, maintenanceSet(server, { actor, expiryMs, ...moment() }));
      });
    }),
    clearMaintenance: unary(log, (request) => {
      const { server, actor } = begin(sources, request);
      return decide(server, { kind: "maintenance_cleared", actor, ...moment() });
    }),
  };
}

function maintenanceSet(
  server: ServerLoop,
  given: Moment & { actor: Actor; expiryMs: number | undefined },
): ServerEvent {
  const { actor, expiryMs, nowMs, wallMs } = given;
  return {
    kind: "maintenance_set",
    nowMs,
    wallMs,
    maintenance: {
      owner: actor.name,
      reason: actor.reason,
      sinceWallMs: server.record.maintenance?.sinceWallMs ?? wallMs,
      untilWallMs: expiryMs === undefined ? undefined : wallMs + expiryMs,
    },
    untilMs: expiryMs === undefined ? undefined : nowMs + expiryMs,
  };
}

function begin(
  sources: ServerSources,
  request: { serverId: string; actor: ActorMessage | undefined },
  check = new RequestCheck(),
): { server: ServerLoop; actor: Actor } {
  const actor = check.actor(request.actor);
  return { server: findServer(sources.monitor, request.serverId, check), actor };
}

function take(server: ServerLoop, event: ServerEvent): void {
  refuse(server.take(event));
}

function refuse(refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw toFailure(refusal);
}

// What a stopping monitor begins it does not end: nobody would run the channels until it is back.
function checkStays({ monitor }: ServerSources): void {
  if (monitor.isStopping) refuse(stoppingRefusal);
}

// A switchover into the void would leave nobody running.
async function checkReady(sources: ServerSources, server: ServerLoop): Promise<void> {
  checkStays(sources);
  const { monitor } = sources;
  const refused = whyNoMove(monitor, server);
  const cannot = `Cannot switch server "${server.record.serverId}" over`;
  if (refused !== undefined) {
    throw new Failure("refused", { reason: refused[0], message: `${cannot}: ${refused[1]}` });
  }
  const [problem] = await whyTargetsUnready(monitor, server);
  if (problem === undefined) return checkStays(sources);
  throw new Failure("refused", { reason: "TARGET_NOT_READY", message: `${cannot}: ${problem}` });
}

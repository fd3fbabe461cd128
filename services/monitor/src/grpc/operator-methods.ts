// What operators ask of a watched server: failback, switchover, confirmed stops and maintenance.

import { Failure } from "@hot-backup/kit/errors.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import type { MonitorServiceServer } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Actor as ActorMessage } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { startTargetsOf } from "../core/flow.ts";
import { whyNoSwitchover } from "../core/handover.ts";
import { startsNotBeforeMs } from "../core/release.ts";
import type { Actor } from "../core/run-record.ts";
import type { Refusal, ServerEvent } from "../core/server-event.ts";
import { writeSignalDocument } from "../core/signal-document.ts";
import type { ServerLoop } from "../server-loop.ts";
import { stoppingRefusal, toFailure } from "../refusals.ts";
import { RequestCheck } from "./request-fields.ts";
import { findServer } from "./find-server.ts";
import { type ServerSources, writeServer } from "./write-server.ts";

const maintenanceMs = { minMs: 1000, maxMs: 30 * 86_400_000 };

type OperatorMethods = Pick<
  MonitorServiceServer,
  "failback" | "switchover" | "confirmStopped" | "setMaintenance" | "clearMaintenance"
>;

export function operatorMethods(sources: ServerSources): OperatorMethods {
  const { log, clock } = sources.monitor.parts;
  const moment = () => ({ nowMs: clock.nowMs(), wallMs: clock.wallMs() });
  const answer = (server: ServerLoop) => ({ server: writeServer(sources, server) });
  return {
    failback: unary(log, (request) => {
      const { server, actor } = begin(sources, request);
      checkStays(sources);
      take(server, { kind: "failback_asked", actor, ...moment() });
      return answer(server);
    }),
    switchover: unary(log, async (request) => {
      const { server, actor } = begin(sources, request);
      await checkReady(sources, server);
      take(server, { kind: "switchover_asked", actor, ...moment() });
      return answer(server);
    }),
    confirmStopped: unary(log, (request) => {
      const check = new RequestCheck();
      check.target(request.target);
      const { server, actor } = begin(sources, request, check);
      take(server, { kind: "stopped_confirmed", target: request.target, actor, ...moment() });
      return answer(server);
    }),
    setMaintenance: unary(log, (request) => {
      const check = new RequestCheck();
      const { name: owner, reason } = check.actor(request.actor);
      const expiryMs = check.duration("expiry", request.expiry, maintenanceMs);
      const server = findServer(sources.monitor, request.serverId, check);
      const now = moment();
      take(server, {
        kind: "maintenance_set",
        ...now,
        maintenance: {
          owner,
          reason,
          sinceWallMs: server.record.maintenance?.sinceWallMs ?? now.wallMs,
          untilWallMs: expiryMs === undefined ? undefined : now.wallMs + expiryMs,
        },
        untilMs: expiryMs === undefined ? undefined : now.nowMs + expiryMs,
      });
      return answer(server);
    }),
    clearMaintenance: unary(log, (request) => {
      const { server, actor } = begin(sources, request);
      take(server, { kind: "maintenance_cleared", actor, ...moment() });
      return answer(server);
    }),
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

// The primary would stop, and nobody could start before R5 allows it.
function whyNoStart(
  { monitor }: ServerSources,
  { watched: { settings, server } }: ServerLoop,
): readonly [reason: string, message: string] | undefined {
  const waitMs = startsNotBeforeMs(settings, server) - monitor.parts.clock.nowMs();
  if (waitMs <= 0) return undefined;
  const until =
    waitMs === Number.POSITIVE_INFINITY
      ? "until the server reports an ordinary lease"
      : `for another ${Math.ceil(waitMs / 1000)} s: it must first be sure that no older lease runs`;
  return ["TARGET_NOT_READY", `the monitor orders no start ${until}`];
}

// A switchover into the void would leave nobody running: every target must answer and have the
// channels.
async function checkReady(sources: ServerSources, server: ServerLoop): Promise<void> {
  checkStays(sources);
  const { settings, server: now } = server.watched;
  const { serverId, host, term } = now.record;
  const refusal = whyNoSwitchover({ settings, server: now }) ?? whyNoStart(sources, server);
  const cannot = `Cannot switch server "${serverId}" over`;
  if (refusal !== undefined) {
    throw new Failure("refused", { reason: refusal[0], message: `${cannot}: ${refusal[1]}` });
  }
  const document = writeSignalDocument({
    serverId,
    host,
    term: term + 1n,
    wallMs: sources.monitor.parts.clock.wallMs(),
    signal: "DEAD",
    reason: "switchover",
  });
  const plan = settings.flow.plan(document);
  if (startTargetsOf(plan).length === 0) {
    const message = `${cannot}: its flow starts no channels on a switchover`;
    throw new Failure("refused", { reason: "NO_TARGET", message });
  }
  const { targets } = sources.monitor.parts;
  const starts = plan.steps.filter((step) => step.kind === "start_channels");
  const problems = await Promise.all(
    starts.map(({ target, names }) => targets.readiness(target, { serverId, names })),
  );
  const problem = problems.find((each) => each !== "");
  if (problem === undefined) return checkStays(sources);
  throw new Failure("refused", { reason: "TARGET_NOT_READY", message: `${cannot}: ${problem}` });
}

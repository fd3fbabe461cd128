// TestFlow: what a signal would do now, with no effect.

import assert from "node:assert/strict";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import { invalidInput } from "@hot-backup/kit/errors.ts";
import type {
  MonitorServiceServer,
  TestFlowRequest,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { readSignalName } from "../convert.ts";
import { startTargetsOf } from "../core/flow.ts";
import type { Signal } from "../core/server-record.ts";
import { writeSignalDocument } from "../core/signal-document.ts";
import { describeStep } from "../flow/steps.ts";
import { type TriedFlow, tryFlow } from "../flow/try-flow.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findServer } from "./find-server.ts";
import { RequestCheck } from "./request-fields.ts";
import type { ServerSources } from "./write-server.ts";

/** What a flow text may refer to, as configuration has it. */
export interface FlowNames {
  readonly targets: readonly string[];
  readonly hasNotify: boolean;
}

export function flowTrialMethod(
  sources: Pick<ServerSources, "monitor">,
  names: FlowNames,
): Pick<MonitorServiceServer, "testFlow"> {
  return {
    testFlow: unary(sources.monitor.parts.log, async (request) => {
      const { server, signal } = readRequest(sources.monitor, request);
      const { serverId, host, term } = server.record;
      const wallMs = sources.monitor.parts.clock.wallMs();
      const facts = { serverId, host, signal, term: term + 1n, wallMs, reason: "signal" } as const;
      const document = writeSignalDocument(facts);
      const tried = await tryOut(request, { server, document, names });
      const { plan } = tried;
      return {
        document,
        caseName: plan.caseName,
        steps: plan.steps.map(describeStep),
        notes: notesOn({ server, signal }, tried),
      };
    }),
  };
}

function readRequest(
  monitor: Monitor,
  request: TestFlowRequest,
): { server: ServerLoop; signal: Signal } {
  const check = new RequestCheck();
  const signal = readSignalName(request.signal);
  if (signal === undefined) check.add("signal", "must be LIVE, DEAD or CLOSE");
  const server = findServer(monitor, request.serverId, check);
  // Without a signal the check has thrown.
  assert(signal !== undefined);
  return { server, signal };
}

async function tryOut(
  request: TestFlowRequest,
  given: { server: ServerLoop; document: string; names: FlowNames },
): Promise<TriedFlow> {
  const { server, document, names } = given;
  if (request.flowYaml === "") {
    const { flow } = server.watched.settings;
    return { plan: flow.plan(document), startTargets: flow.startTargets };
  }
  const serverIds = [request.serverId];
  const place = { ...names, name: "flow_yaml", folder: "/", serverIds };
  try {
    return await tryFlow(request.flowYaml, { place, document });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw invalidInput(
      error.problems.map(({ where, key, message }) => ({
        field: where,
        description: key === "" ? message : `${key}: ${message}`,
      })),
    );
  }
}

function notesOn(
  { server, signal }: { server: ServerLoop; signal: Signal },
  { plan, startTargets }: TriedFlow,
): readonly string[] {
  const { settings } = server.watched;
  const { term, maintenance, assignment, isTakenBySwitchover } = server.record;
  const notes = [`Every order would carry term ${term + 1n}`];
  if (maintenance !== undefined) {
    notes.push(`Maintenance by ${maintenance.owner}: the signal would not be given now`);
  }
  const starts = startTargetsOf(plan);
  if (starts.length > 0) notes.push(`The channels would be assigned to ${starts.join(", ")}`);
  if (signal !== "LIVE") return notes;
  const isHeld = settings.failback.kind !== "automatic" || isTakenBySwitchover;
  if (assignment === "backup" && isHeld) {
    const until =
      settings.failback.kind === "stable" && !isTakenBySwitchover
        ? `the server has been live for ${settings.failback.delayMs / 1000} s`
        : "an operator asks for the failback";
    notes.push(`The run would be held until ${until}`);
  }
  if (startTargets.length > 0) {
    notes.push(`Before the server may run: ${startTargets.join(", ")} must confirm STOPPED`);
  }
  return notes;
}

// TestFlow: what a signal would do now, with no effect.

import { ConfigError } from "@hot-backup/kit/config.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import { invalidInput } from "@hot-backup/kit/errors.ts";
import type {
  MonitorServiceServer,
  TestFlowRequest,
  TestFlowResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { readSignalName } from "../convert.ts";
import { type Flow, type Plan, startTargetsOf } from "../core/flow.ts";
import type { Signal } from "../core/server-record.ts";
import { writeSignalDocument } from "../core/signal-document.ts";
import { openFlowText } from "../flow/open-flow.ts";
import { describeStep } from "../flow/steps.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findServer } from "./find-server.ts";
import type { ServerSources } from "./write-server.ts";

/** What a flow text may refer to, as configuration has it. */
export interface FlowNames {
  readonly targets: readonly string[];
  readonly hasNotify: boolean;
}

export function flowTrialMethod(
  sources: ServerSources,
  names: FlowNames,
): Pick<MonitorServiceServer, "testFlow"> {
  return {
    testFlow: unary(sources.monitor.parts.log, async (request) => {
      const signal = readSignalName(request.signal);
      if (signal === undefined) {
        throw invalidInput([{ field: "signal", description: "must be LIVE, DEAD or CLOSE" }]);
      }
      const server = findServer(sources.monitor, request.serverId);
      const flow = await chooseFlow(request, server, names);
      return tryFlow(flow, { server, signal, wallMs: sources.monitor.parts.clock.wallMs() });
    }),
  };
}

async function chooseFlow(
  request: TestFlowRequest,
  server: ServerLoop,
  names: FlowNames,
): Promise<Flow> {
  if (request.flowYaml === "") return server.watched.settings.flow;
  try {
    const { flow } = await openFlowText(request.flowYaml, {
      ...names,
      name: "flow_yaml",
      folder: "/",
      serverIds: [request.serverId],
    });
    return flow;
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

function tryFlow(
  flow: Flow,
  given: { server: ServerLoop; signal: Signal; wallMs: number },
): TestFlowResponse {
  const { serverId, host, term } = given.server.record;
  const document = writeSignalDocument({
    serverId,
    host,
    signal: given.signal,
    term: term + 1n,
    wallMs: given.wallMs,
    reason: "signal",
  });
  const plan = flow.plan(document);
  return {
    document,
    caseName: plan.caseName,
    steps: plan.steps.map(describeStep),
    notes: notesOn(given, flow, plan),
  };
}

function notesOn(
  { server, signal }: { server: ServerLoop; signal: Signal },
  flow: Flow,
  plan: Plan,
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
  if (flow.startTargets.length > 0) {
    notes.push(`Before the server may run: ${flow.startTargets.join(", ")} must confirm STOPPED`);
  }
  return notes;
}

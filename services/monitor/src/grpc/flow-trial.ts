// TestFlow: what a signal would do now, with no effect.

import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import { Failure, invalidInput } from "@hot-backup/kit/errors.ts";
import type {
  MonitorServiceServer,
  TestFlowRequest,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { readSignalName } from "../convert.ts";
import { type Flow, type Plan, startTargetsOf } from "../core/flow.ts";
import type { Signal } from "../core/server-record.ts";
import { writeSignalDocument } from "../core/signal-document.ts";
import { openFlowText } from "../flow/open-flow.ts";
import { describeStep } from "../flow/steps.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findServer } from "./find-server.ts";
import { RequestCheck } from "./request-fields.ts";
import type { ServerSources } from "./write-server.ts";

/**
 * Texts that are opened at the same time. The longest takes a tenth of a second in which no
 * heartbeat is answered, and anybody can ask for any number.
 */
const textsOpenMax = 2;

let textsOpen = 0;

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
      const flow = await chooseFlow(request, { server, document, names });
      const plan = flow.plan(document);
      return {
        document,
        caseName: plan.caseName,
        steps: plan.steps.map(describeStep),
        notes: notesOn({ server, signal }, flow, plan),
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

async function chooseFlow(
  request: TestFlowRequest,
  given: { server: ServerLoop; document: string; names: FlowNames },
): Promise<Flow> {
  if (request.flowYaml === "") return given.server.watched.settings.flow;
  if (textsOpen >= textsOpenMax) {
    throw new Failure("exhausted", {
      message: `Cannot test the flow: ${textsOpenMax} others are being tested`,
      reason: "TOO_MANY_TRIALS",
    });
  }
  textsOpen += 1;
  try {
    // What waits in sockets comes first, heartbeats among it, however many flows came at once.
    await setImmediate();
    return await openText(request, given);
  } finally {
    textsOpen -= 1;
  }
}

async function openText(
  request: TestFlowRequest,
  given: { document: string; names: FlowNames },
): Promise<Flow> {
  try {
    const { flow } = await openFlowText(request.flowYaml, {
      ...given.names,
      name: "flow_yaml",
      folder: "/",
      serverIds: [request.serverId],
      // The caller's switch is never evaluated here on a document that it was not tried on.
      documents: [given.document],
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

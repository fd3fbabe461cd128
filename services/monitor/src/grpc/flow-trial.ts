// TestFlow: what a signal, a failback or a switchover would do now, with no effect.

import assert from "node:assert/strict";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import { invalidInput } from "@hot-backup/kit/errors.ts";
import type {
  MonitorServiceServer,
  TestFlowRequest,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal as SignalMessage } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { readFlowReason, readSignalName } from "../convert.ts";
import type { Plan } from "../core/flow.ts";
import type { RunRecord, StepState } from "../core/run-record.ts";
import type { Signal } from "../core/server-record.ts";
import { type RunReason, writeNextDocument } from "../core/signal-document.ts";
import { describeStep } from "../flow/steps.ts";
import { type TriedFlow, tryFlow } from "../flow/try-flow.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findServer } from "./find-server.ts";
import { notesOn, type Trial } from "./flow-trial-notes.ts";
import { RequestCheck } from "./request-fields.ts";
import type { ServerSources } from "./write-server.ts";

/** States of steps that nothing is done about any more. */
const endStates: ReadonlySet<StepState> = new Set(["done", "failed", "skipped"]);

/** What a flow text may refer to, as configuration has it. */
export interface FlowNames {
  readonly targets: readonly string[];
  readonly hasNotify: boolean;
}

export function flowTrialMethod(
  { monitor }: Pick<ServerSources, "monitor">,
  names: FlowNames,
): Pick<MonitorServiceServer, "testFlow"> {
  return {
    testFlow: unary(monitor.parts.log, async (request) => {
      const asked = readRequest(monitor, request);
      const held = request.flowYaml === "" ? runToRelease(asked) : undefined;
      const document = held?.document ?? documentOf(monitor, asked);
      const tried = await tryOut(request, { server: asked.server, document, names });
      const plan = held === undefined ? tried.plan : restOf(held);
      return {
        document,
        caseName: plan.caseName,
        steps: plan.steps.map(describeStep),
        notes: notesOn(monitor, asked, { ...tried, plan, held }),
      };
    }),
  };
}

function readRequest(monitor: Monitor, request: TestFlowRequest): Trial {
  const check = new RequestCheck();
  const reason = readFlowReason(request.reason);
  if (reason === undefined) check.add("reason", "must be SIGNAL, FAILBACK or SWITCHOVER");
  const signal = signalOf(request, reason, check);
  const server = findServer(monitor, request.serverId, check);
  // Without either the check has thrown.
  assert(signal !== undefined && reason !== undefined);
  return { server, signal, reason };
}

// Which signal a move means is not for the caller to say.
function signalOf(
  request: TestFlowRequest,
  reason: RunReason | undefined,
  check: RequestCheck,
): Signal | undefined {
  const signal = readSignalName(request.signal);
  if (reason !== "failback" && reason !== "switchover") {
    if (signal === undefined) check.add("signal", "must be LIVE, DEAD or CLOSE");
    return signal;
  }
  const meant = reason === "failback" ? "LIVE" : "DEAD";
  const isLeftOut = request.signal === SignalMessage.SIGNAL_UNSPECIFIED;
  if (!isLeftOut && signal !== meant) {
    check.add("signal", `must be ${meant}, or left out: a ${reason} means it`);
  }
  return meant;
}

function documentOf({ parts }: Monitor, { server, signal, reason }: Trial): string {
  return writeNextDocument(server.record, { signal, reason, wallMs: parts.clock.wallMs() });
}

// A failback that is held has been planned already: it goes on with what it has left.
function runToRelease({ server, reason }: Trial): RunRecord | undefined {
  if (reason !== "failback" || server.record.hold === undefined) return undefined;
  return [...server.runs.live()].findLast((run) => run.state === "held");
}

function restOf(run: RunRecord): Plan {
  const left = run.steps.filter(({ state }) => !endStates.has(state));
  return { caseName: run.caseName, steps: left.map((each) => each.step) };
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

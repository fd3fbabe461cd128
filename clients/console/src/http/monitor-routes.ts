// What a monitor tells when it is asked: explanations, flows, signals, runs.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import {
  FlowReason,
  type MonitorServiceClient,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { z } from "zod";
import { pick } from "../clients.ts";
import { toExplanationView } from "../convert/explanation-view.ts";
import { toFlowView, toPlannedStepView, toRunView, toSignalView } from "../convert/run-view.ts";
import { toServerView } from "../convert/server-view.ts";
import { signalOf } from "../convert/words.ts";
import type { PreviewView } from "../view/action.ts";
import type { RunView } from "../view/run.ts";
import type { ListPage, SignalView } from "../view/signal.ts";
import type { Heard } from "../view/source.ts";
import { readWithinMs } from "./deadlines.ts";
import type { App, Asked, Workplace } from "./env.ts";
import { listQuery, readBody, readQuery, readServer, serverFilter } from "./input.ts";

const explainQuery = z.strictObject({
  signal: z
    .string()
    .regex(/^\d{1,19}$/, "must be the id of a signal")
    .default("0"),
});

const previewBody = z.strictObject({ action: z.enum(["failback", "switchover"]) });

/** What a route of a monitor begins with. */
export interface AskedMonitor {
  readonly monitor: MonitorServiceClient;
  readonly heard: () => Heard;
}

export function askedMonitor(asked: Asked, { clients, nowMs }: Workplace): AskedMonitor {
  const server = readServer(asked, "monitor");
  const monitor = pick(clients.monitors, { service: "monitor", server });
  return { monitor, heard: () => ({ toldBy: server, heardAtMs: nowMs() }) };
}

export function addMonitorRoutes(app: App, workplace: Workplace): void {
  const ofServer = "/api/monitors/:monitor/servers/:server";
  app.get(`${ofServer}/explain`, async (asked) => {
    const { monitor, heard } = askedMonitor(asked, workplace);
    const serverId = readServer(asked, "server");
    const signalId = BigInt(readQuery(asked, explainQuery).signal);
    const request = { serverId, signalId, falseDeadPerYear: 0 };
    const what = `Cannot explain ${serverId}`;
    const told = await call(monitor.explainServer.bind(monitor), request, reading(what));
    const { server } = told;
    if (server === undefined) throw new Error(`${what}: the answer has no server`);
    return asked.json(toExplanationView({ ...told, server }, heard()));
  });
  app.get(`${ofServer}/flow`, async (asked) => {
    const { monitor } = askedMonitor(asked, workplace);
    const serverId = readServer(asked, "server");
    const options = reading(`Cannot tell the flow of ${serverId}`);
    return asked.json(toFlowView(await call(monitor.getFlow.bind(monitor), { serverId }, options)));
  });
  app.post(`${ofServer}/preview`, async (asked) => {
    const { action } = await readBody(asked, previewBody);
    return asked.json(await preview(asked, workplace, action));
  });
  addLists(app, workplace);
}

function addLists(app: App, workplace: Workplace): void {
  const query = listQuery({ server: serverFilter });
  app.get("/api/monitors/:monitor/signals", async (asked) => {
    const { monitor, heard } = askedMonitor(asked, workplace);
    const { server: serverId = "", page: pageToken, size: pageSize } = readQuery(asked, query);
    const request = { serverId, pageToken, pageSize };
    const options = reading("Cannot list signals");
    const told = await call(monitor.listSignals.bind(monitor), request, options);
    const entries = told.signals.map((each) => toSignalView(each, heard()));
    return asked.json({ entries, nextPage: told.nextPageToken } satisfies ListPage<SignalView>);
  });
  app.get("/api/monitors/:monitor/runs", async (asked) => {
    const { monitor, heard } = askedMonitor(asked, workplace);
    const { server: serverId = "", page: pageToken, size: pageSize } = readQuery(asked, query);
    const request = { serverId, pageToken, pageSize };
    const options = reading("Cannot list runs");
    const told = await call(monitor.listRuns.bind(monitor), request, options);
    const entries = told.runs.map((each) => toRunView(each, heard()));
    return asked.json({ entries, nextPage: told.nextPageToken } satisfies ListPage<RunView>);
  });
  app.get("/api/monitors/:monitor/runs/:run", async (asked) => {
    const { monitor, heard } = askedMonitor(asked, workplace);
    const options = reading("Cannot tell the run");
    const request = { runId: asked.req.param("run") };
    const { run } = await call(monitor.getRun.bind(monitor), request, options);
    if (run === undefined) throw new Error("The monitor answered without a run");
    return asked.json(toRunView(run, heard()));
  });
}

const flowReasons = {
  failback: FlowReason.FLOW_REASON_FAILBACK,
  switchover: FlowReason.FLOW_REASON_SWITCHOVER,
} as const;

// A switchover does what the flow does on DEAD, a failback what it does on LIVE.
async function preview(
  asked: Asked,
  workplace: Workplace,
  action: "failback" | "switchover",
): Promise<PreviewView> {
  const { monitor, heard } = askedMonitor(asked, workplace);
  const serverId = readServer(asked, "server");
  const signal = action === "switchover" ? "DEAD" : "LIVE";
  const what = `Cannot preview a ${action} of ${serverId}`;
  const reason = flowReasons[action];
  const request = { serverId, signal: signalOf(signal), flowYaml: "", reason };
  const [{ server }, plan] = await Promise.all([
    call(monitor.getServer.bind(monitor), { serverId }, reading(what)),
    call(monitor.testFlow.bind(monitor), request, reading(what)),
  ]);
  if (server === undefined) throw new Error(`${what}: the answer has no server`);
  const { document, caseName, steps, notes } = plan;
  return {
    server: toServerView(server, heard()),
    signal,
    document,
    caseName,
    steps: steps.map(toPlannedStepView),
    notes,
  };
}

function reading(what: string) {
  return { what, deadlineMs: readWithinMs };
}

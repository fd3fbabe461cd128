// GetFlow: the flow of a server as people draw it: the decision switch, its cases, and which signal
// picks which.

import { unary } from "@hot-backup/kit/grpc-handlers.ts";
import type {
  FlowCase,
  GetFlowResponse,
  MonitorServiceServer,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { writeSignalName } from "../convert.ts";
import { caseNamesOf, defaultCase, type Plan } from "../core/flow.ts";
import type { Signal } from "../core/server-record.ts";
import { writeNextDocument } from "../core/signal-document.ts";
import { describeStep } from "../flow/steps.ts";
import type { ServerLoop } from "../server-loop.ts";
import { findServer } from "./find-server.ts";
import type { ServerSources } from "./write-server.ts";

const signals: readonly Signal[] = ["LIVE", "DEAD", "CLOSE"];

export function flowMethod(
  sources: Pick<ServerSources, "monitor">,
): Pick<MonitorServiceServer, "getFlow"> {
  const { monitor } = sources;
  const { clock, log } = monitor.parts;
  return {
    getFlow: unary(log, ({ serverId }) =>
      tellFlow(findServer(monitor, serverId), { wallMs: clock.wallMs() }),
    ),
  };
}

function tellFlow(server: ServerLoop, { wallMs }: { wallMs: number }): GetFlowResponse {
  const { record } = server;
  const { flow } = server.watched.settings;
  const picked = signals.map((signal) => {
    const document = writeNextDocument(record, { signal, reason: "signal", wallMs });
    return { signal, caseName: flow.plan(document).caseName };
  });
  return {
    serverId: record.serverId,
    decision: flow.decision,
    cases: flow.cases.map((plan) =>
      tellCase(
        plan,
        picked.filter(({ caseName }) => caseName === plan.caseName).map(({ signal }) => signal),
      ),
    ),
    asOf: new Date(wallMs),
  };
}

function tellCase({ caseName, steps }: Plan, pickedBy: readonly Signal[]): FlowCase {
  const isDefault = caseName === defaultCase;
  return {
    name: caseName,
    when: isDefault ? "anything else" : caseNamesOf(caseName).join(" or "),
    isDefault,
    signals: pickedBy.map(writeSignalName),
    steps: steps.map(describeStep),
  };
}

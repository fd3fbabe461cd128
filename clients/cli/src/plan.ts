// What a signal or a move would do, asked of the monitor before anybody lets it happen.

import { call } from "@hot-backup/kit/grpc-dial.ts";
import type {
  FlowReason,
  Server,
  TestFlowResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { type MonitorAt, read, readingMs, tryingMs } from "./services.ts";
import type { Output } from "./output.ts";
import { printServers } from "./text/server-page.ts";
import { printable } from "./text/printable.ts";

/** The server as it is now. */
export async function readServer({ client }: MonitorAt, serverId: string): Promise<Server> {
  const method = client.getServer.bind(client);
  const { server } = await read(method, { serverId }, `Cannot tell ${serverId}`);
  if (server === undefined) throw new Error("The monitor answered without a server");
  return server;
}

/** What the flow of the server, or another one, would do. */
export function testFlow(
  { client }: MonitorAt,
  request: { serverId: string; signal: Signal; flowYaml: string; reason: FlowReason },
): Promise<TestFlowResponse> {
  const what = `Cannot test the flow of ${request.serverId}`;
  const deadlineMs = request.flowYaml === "" ? readingMs : tryingMs;
  return call(client.testFlow.bind(client), request, { what, deadlineMs });
}

/** The steps of a plan, one a line. */
export function printPlan({ caseName, steps, notes }: TestFlowResponse): string[] {
  const picked = caseName === "" ? "no case of the flow: nothing" : `case ${caseName} of the flow`;
  return [
    `  ${picked}`,
    ...steps.map(({ description }, index) => `  ${index + 1}. ${description}`),
    ...notes.map((note) => `  note: ${note}`),
  ].map(printable);
}

/** The server, and then what is going to happen to it. */
export async function previewMove(
  monitor: MonitorAt,
  output: Output,
  move: { serverId: string; signal: Signal; reason: FlowReason; title: string },
): Promise<string[]> {
  const { serverId, signal, reason, title } = move;
  const [server, plan] = await Promise.all([
    readServer(monitor, serverId),
    testFlow(monitor, { serverId, signal, reason, flowYaml: "" }),
  ]);
  return [
    ...printServers([server], { paint: output.paint, address: monitor.address }),
    "",
    output.paint("heading", title),
    ...printPlan(plan),
  ];
}

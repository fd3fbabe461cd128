// `flow test`: what a signal would do, by the flow in use or by a file that is to be tried. Nothing
// happens.

import { readFile } from "node:fs/promises";
import { FlowReason, TestFlowResponse } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { misuse } from "../complaint.ts";
import { parseServer, parseSignal } from "../fields.ts";
import { askMonitors, monitorOf } from "../monitors.ts";
import { printPlan, testFlow } from "../plan.ts";
import type { AddCommand } from "../program.ts";
import { read, type Services } from "../services.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";
import { signalWord } from "../text/words.ts";

/** What was asked for. */
interface FlowOptions {
  readonly signal: Signal;
  readonly server?: string;
}

export const addFlow: AddCommand = (program, run) => {
  const group = program.command("flow").description("what a signal does");
  group
    .command("test")
    .description("tell what a signal would do now; does nothing")
    .argument("[file]", "a flow to try; default: the one in use")
    .requiredOption("--signal <signal>", "LIVE, DEAD or CLOSE", parseSignal)
    .option("-s, --server <id>", "of this server; default: the only one", parseServer)
    .action((file: string | undefined, options: FlowOptions) =>
      run((session) => tryFlow(session, file, options)),
    );
};

async function tryFlow(
  { services, output }: Session,
  file: string | undefined,
  { signal, server }: FlowOptions,
): Promise<undefined> {
  const flowYaml = file === undefined ? "" : await readText(file);
  const serverId = server ?? (await onlyServer(services));
  const reason = FlowReason.FLOW_REASON_SIGNAL;
  const monitor = await monitorOf(services, serverId);
  const plan = await testFlow(monitor, { serverId, signal, reason, flowYaml });
  if (output.isJson) {
    output.document(TestFlowResponse.toJSON(plan));
    return undefined;
  }
  const which = file === undefined ? "the flow in use" : file;
  output.lines([
    printable(`${signalWord(signal).text} of ${serverId}, by ${which}, would see`),
    `  ${printable(plan.document)}`,
    "and do",
    ...printPlan(plan),
  ]);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw misuse(`Cannot read the flow: ${why}`, "give the path of a flow file");
  }
}

async function onlyServer(services: Services): Promise<string> {
  const page = { pageSize: 2, pageToken: "" };
  const { answers, silences } = await askMonitors(services, (client) =>
    read(client.listServers.bind(client), page, "Cannot list the servers"),
  );
  const [silence] = silences;
  if (silence !== undefined) throw silence.complaint;
  const [first, second] = answers.flatMap(({ value }) => value.servers);
  if (first !== undefined && second === undefined) return first.serverId;
  throw misuse(
    "Cannot choose a server: there is not exactly one that is watched",
    "give --server; hot-backup servers lists them",
  );
}

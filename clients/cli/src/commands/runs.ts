// `runs`: what the monitor did on signals and wishes; with an id one run, step by step.

import { listAll } from "@hot-backup/client/pages.ts";
import { Run } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { limitOption, serverOption } from "../fields.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import type { Session } from "../session.ts";
import { printBetween, printInstant } from "../text/ages.ts";
import type { Paint } from "../text/paint.ts";
import { printable } from "../text/printable.ts";
import { printTable } from "../text/table.ts";
import { activityWord, runWord, signalWord, stepWord } from "../text/words.ts";

/** What was asked for. */
interface RunsOptions {
  readonly server?: string;
  readonly limit: number;
}

export const addRuns: AddCommand = (program, run) => {
  program
    .command("runs")
    .description("what was done on signals, failbacks and switchovers; one run step by step")
    .argument("[run]", "id of one run")
    .addOption(serverOption())
    .addOption(limitOption())
    .action((runId: string | undefined, options: RunsOptions) =>
      run((session) =>
        runId === undefined ? listRuns(session, options) : showRun(session, runId),
      ),
    );
};

async function listRuns({ services, output }: Session, options: RunsOptions): Promise<undefined> {
  const { monitor } = services;
  const runs = await listAll(async (page) => {
    const request = { serverId: options.server ?? "", ...page };
    const answer = await read(monitor.listRuns.bind(monitor), request, "Cannot list runs");
    return { entries: answer.runs, nextPageToken: answer.nextPageToken };
  }, options.limit);
  if (output.isJson) {
    output.document({ runs: runs.map((each) => Run.toJSON(each)) });
    return undefined;
  }
  const rows = runs.map((each) => [
    each.runId,
    printInstant(each.startedAt),
    each.serverId,
    each.reason,
    each.caseName === "" ? "-" : each.caseName,
    String(each.term),
    runWord(each.state),
    printBetween(each.startedAt, each.endedAt ?? each.asOf),
  ]);
  const heading = ["RUN", "BEGAN", "SERVER", "REASON", "CASE", "TERM", "STATE", "TOOK"];
  output.lines(printTable(heading, rows, output.paint));
}

async function showRun({ services, output }: Session, runId: string): Promise<undefined> {
  const { monitor } = services;
  const answer = await read(monitor.getRun.bind(monitor), { runId }, `Cannot tell run ${runId}`);
  if (output.isJson) output.document(Run.toJSON(answer.run ?? Run.create()));
  else if (answer.run !== undefined) output.lines(printRun(answer.run, output.paint));
}

function printRun(run: Run, paint: Paint): string[] {
  const { text, style } = runWord(run.state);
  const who =
    run.actor === undefined ? "" : `, asked for by ${run.actor.name}: ${run.actor.reason}`;
  const held = run.heldBecause === "" ? [] : [printable(`held: ${run.heldBecause}`)];
  const steps = run.steps.map((step) => [
    String(step.index + 1),
    stepWord(step.state),
    step.kind,
    step.subject,
    String(step.attempts),
    printBetween(step.startedAt, step.endedAt ?? (step.startedAt && run.asOf)),
    step.lastError,
  ]);
  const channels = run.steps.flatMap((step) =>
    step.channels.map((each) => [
      String(step.index + 1),
      each.name,
      activityWord(each.activity),
      each.ok ? "" : `${each.reason}: ${each.error}`,
    ]),
  );
  return [
    paint("quiet", `as of ${printInstant(run.asOf)}`),
    printable(`${run.reason} ${signalWord(run.signal).text} of ${run.serverId}, term ${run.term}`),
    printable(`${run.because}${who}`),
    `${paint(style, text)}, began ${printInstant(run.startedAt)}`,
    printable(`trace ${run.traceId || "-"}`),
    ...held,
    "",
    ...printTable(["STEP", "STATE", "KIND", "SUBJECT", "ATTEMPTS", "TOOK", "ERROR"], steps, paint),
    ...(channels.length === 0
      ? []
      : ["", ...printTable(["STEP", "CHANNEL", "ACTIVITY", "ERROR"], channels, paint)]),
  ];
}

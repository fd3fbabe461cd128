// `runs`: what the monitor did on signals and wishes; with an id one run, step by step.

import { listAll } from "@hot-backup/client/pages.ts";
import { Run } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { limitOption, serverOption } from "../fields.ts";
import type { ExitCode } from "../exit-code.ts";
import { findAmong, tellEntries, toldBy } from "../monitors.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import type { Session } from "../session.ts";
import { printBetween, printInstant } from "../text/ages.ts";
import { type Fact, printFacts } from "../text/facts.ts";
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

function listRuns(session: Session, options: RunsOptions): Promise<ExitCode> {
  const { server: serverId = "", limit } = options;
  return tellEntries(session, {
    key: "runs",
    read: (client) =>
      listAll(async (page) => {
        const request = { serverId, ...page };
        const answer = await read(client.listRuns.bind(client), request, "Cannot list runs");
        return { entries: answer.runs, nextPageToken: answer.nextPageToken };
      }, limit),
    toJson: (each) => Run.toJSON(each),
    print: (runs, monitor) => [
      ...toldBy(session, monitor),
      ...printRuns(runs, session.output.paint),
    ],
  });
}

// The name of a run tells its server and its term: the columns that are left out.
function printRuns(runs: readonly Run[], paint: Paint): string[] {
  const rows = runs.map((each) => [
    each.runId,
    printInstant(each.startedAt),
    each.reason,
    each.caseName === "" ? "-" : each.caseName,
    runWord(each.state),
    printBetween(each.startedAt, each.endedAt ?? each.asOf),
  ]);
  return printTable(["RUN", "BEGAN", "REASON", "CASE", "STATE", "TOOK"], rows, paint);
}

async function showRun({ services, output }: Session, runId: string): Promise<undefined> {
  // Which monitor has it is not in its name.
  const { value } = await findAmong(services, (client) =>
    read(client.getRun.bind(client), { runId }, `Cannot tell run ${runId}`),
  );
  const { run } = value;
  if (output.isJson) output.document(Run.toJSON(run ?? Run.create()));
  else if (run !== undefined) output.lines(printRun(run, output.paint));
}

function printRun(run: Run, paint: Paint): string[] {
  const { text, style } = runWord(run.state);
  const who =
    run.actor === undefined ? "" : `, asked for by ${run.actor.name}: ${run.actor.reason}`;
  const held: readonly Fact[] = run.heldBecause === "" ? [] : [["held", run.heldBecause]];
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
  const signal = signalWord(run.signal).text;
  const title = `${run.reason} ${signal} of ${run.serverId}, term ${run.term}:`;
  return [
    paint("quiet", `as of ${printInstant(run.asOf)}`),
    `${printable(title)} ${paint(style, text)}`,
    "",
    ...printFacts([
      ["because", `${run.because}${who}`],
      ...held,
      ["began", printInstant(run.startedAt)],
      ["trace", run.traceId || "-"],
    ]),
    "",
    ...printTable(["STEP", "STATE", "KIND", "SUBJECT", "ATTEMPTS", "TOOK", "ERROR"], steps, paint),
    ...(channels.length === 0
      ? []
      : ["", ...printTable(["STEP", "CHANNEL", "ACTIVITY", "ERROR"], channels, paint)]),
  ];
}

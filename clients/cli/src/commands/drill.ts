// `drill`: fails a server over and back to see whether it works, and how long it takes. The monitor
// runs the drill: this command only looks on.

import { follow } from "@hot-backup/client/follow.ts";
import { inPlainWords } from "@hot-backup/client/plain-words.ts";
import { duration } from "@hot-backup/kit/config-fields.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { listenForStop } from "@hot-backup/kit/stop.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";
import {
  Drill,
  DrillKind,
  DrillState,
  type RunDrillRequest,
} from "@hot-backup/proto/hotbackup/v1/drill.ts";
import { FlowReason } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { InvalidArgumentError, Option } from "commander";
import { Complaint } from "../complaint.ts";
import { confirm } from "../confirm.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { parseServer, reasonOption, yesOption } from "../fields.ts";
import { monitorOf } from "../monitors.ts";
import { previewMove, readServer } from "../plan.ts";
import type { AddCommand } from "../program.ts";
import type { MonitorAt } from "../services.ts";
import type { Session } from "../session.ts";
import { printDrill, printEndedPhases } from "../text/drill-page.ts";

/** What was asked for. */
interface DrillOptions {
  readonly silence?: true;
  readonly shadow?: true;
  readonly detection?: Duration;
  readonly start?: Duration;
  readonly handover?: Duration;
  readonly reason: string;
  readonly yes?: true;
}

/** As long as the monitor takes it. */
const objective = duration({ minMs: 1, maxMs: 3_600_000 });

export const addDrill: AddCommand = (program, run) => {
  program
    .command("drill")
    .description("fail a server over and back, measured; exit code 5 says that it failed")
    .argument("<server>", "id of the server", parseServer)
    .addOption(
      new Option("--silence", "count its heartbeats as silence until it is DEAD").conflicts(
        "shadow",
      ),
    )
    .option("--shadow", "change nothing: tell whether a takeover would succeed now")
    .addOption(objectiveOption("detection", "from the last good heartbeat to DEAD"))
    .addOption(objectiveOption("start", "from the decision until the backup runs all channels"))
    .addOption(objectiveOption("handover", "from the decision until the primary runs them again"))
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(yesOption())
    .action((server: string, options: DrillOptions) =>
      run((session) => drill(session, server, options)),
    );
};

function objectiveOption(name: string, what: string): Option {
  return new Option(`--${name} <time>`, `objective: ${what}`).argParser((text) => {
    const { data, error } = objective.safeParse(text);
    if (data !== undefined) return toDuration(data);
    throw new InvalidArgumentError(`It ${error?.issues[0]?.message ?? "is no duration"}.`);
  });
}

async function drill(
  session: Session,
  serverId: string,
  options: DrillOptions,
): Promise<ExitCode | undefined> {
  const kind = kindOf(options);
  const monitor = await monitorOf(session.services, serverId);
  if (kind === DrillKind.DRILL_KIND_SHADOW) await readServer(monitor, serverId);
  else await confirmDrill(session, monitor, { serverId, kind, isConfirmed: options.yes === true });
  const { detection, start, handover } = options;
  const ended = await look(session, monitor, {
    serverId,
    kind,
    actor: session.actor(options.reason),
    objective: { detection, start, handover },
  });
  if (!session.output.isJson)
    session.output.lines(["", ...printDrill(ended, session.output.paint)]);
  return ended.state === DrillState.DRILL_STATE_PASSED ? exitCodes.done : exitCodes.drillFailed;
}

function kindOf({ silence, shadow }: DrillOptions): DrillKind {
  if (shadow === true) return DrillKind.DRILL_KIND_SHADOW;
  return silence === true ? DrillKind.DRILL_KIND_SILENCE : DrillKind.DRILL_KIND_SWITCHOVER;
}

async function confirmDrill(
  session: Session,
  monitor: MonitorAt,
  given: { serverId: string; kind: DrillKind; isConfirmed: boolean },
): Promise<void> {
  const { serverId, kind, isConfirmed } = given;
  const begin =
    kind === DrillKind.DRILL_KIND_SILENCE
      ? `${serverId} is not heard: its lease runs out, its channels stop, and it is declared DEAD.`
      : `The channels stop on ${serverId}.`;
  const title =
    `${begin} When the backup runs all channels, it gives them back. ` +
    "The flow does as on DEAD:";
  const { output } = session;
  const reason =
    kind === DrillKind.DRILL_KIND_SILENCE
      ? FlowReason.FLOW_REASON_SIGNAL
      : FlowReason.FLOW_REASON_SWITCHOVER;
  const signal = Signal.SIGNAL_DEAD;
  const preview = await previewMove(monitor, output, { serverId, signal, reason, title });
  await confirm(session, { preview, word: serverId, isConfirmed });
}

// Tells each phase when it has ended. Whoever leaves, or loses the monitor, does not stop a drill.
async function look(
  { output }: Session,
  { client }: MonitorAt,
  request: RunDrillRequest,
): Promise<Drill> {
  const what = `Cannot drill ${request.serverId}`;
  const stop = listenForStop();
  let last: Drill | undefined;
  const tell = (now: Drill) => {
    if (output.isJson) output.entry(Drill.toJSON(now));
    else output.lines(printEndedPhases(last, now));
    last = now;
  };
  try {
    await follow(client.runDrill(request), {
      what,
      stop,
      onData: (response) => response.drill !== undefined && tell(response.drill),
    });
  } catch (error) {
    if (last === undefined || !(error instanceof CallFailed)) throw error;
    throw outOfSight(last, error);
  }
  if (last === undefined) throw new CallFailed(what, new Error("the monitor told nothing"));
  if (last.state === DrillState.DRILL_STATE_RUNNING) throw outOfSight(last, undefined);
  return last;
}

function outOfSight({ drillId, serverId }: Drill, cause: unknown): Complaint {
  const why =
    cause instanceof Error ? `: ${inPlainWords(cause.message)}` : ": nobody looks on any more";
  return new Complaint(`Cannot tell how drill ${drillId} ends${why}`, {
    exitCode: exitCodes.unreachable,
    reason: "DRILL_OUT_OF_SIGHT",
    next: `the monitor ends it and gives the channels back: hot-backup drills --server ${serverId}`,
    cause,
  });
}

// Declares that the journal of a monitor was restored, which no monitor may guess (R7):
//
//   node services/monitor/src/restore.ts --config FILE --actor NAME --reason TEXT [--empty]
//
// To be run after a copy of a journal was put back, and before the monitor starts on it. With
// --empty it begins an empty journal in the place of one that is lost. Exit codes: 0 done,
// 1 nothing was changed, 2 bad arguments or configuration.

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import { readMonitorConfig } from "./config.ts";
import type { Actor } from "./core/run-record.ts";
import { actorNameMax, actorReasonMax, isLine } from "./grpc/request-fields.ts";
import { restoredJournal } from "./restored-journal.ts";
import { restoreSqliteJournal } from "./store/sqlite.ts";

const usage =
  "usage: node services/monitor/src/restore.ts --config FILE --actor NAME --reason TEXT [--empty]";

interface Asked {
  readonly configFile: string;
  readonly actor: Actor;
  readonly isEmpty: boolean;
}

process.exitCode = await main();

async function main(): Promise<0 | 1 | 2> {
  try {
    const asked = readArguments();
    if (typeof asked !== "string") return await restore(asked);
    process.stderr.write(`${asked}\n${usage}\n`);
    return 2;
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof ConfigError ? 2 : 1;
  }
}

async function restore({ configFile, actor, isEmpty }: Asked): Promise<0 | 1> {
  const { servers, journalFile } = await readMonitorConfig(configFile, process.env);
  if (existsSync(journalFile) === isEmpty) {
    const because = isEmpty ? "it is there; move it away" : "there is none; begin one with --empty";
    process.stderr.write(`Cannot restore the journal ${journalFile}: ${because}\n`);
    return 1;
  }
  const { after } = restoreSqliteJournal(journalFile, (content) =>
    restoredJournal(content, { servers, actor, wallMs: Date.now() }),
  );
  process.stdout.write(
    `${journalFile}: restored, with the new id ${after}\n` +
      "Start the monitor now. It asks every target, and declares nothing until whatever the lost " +
      "journal may have granted is over.\n",
  );
  return 0;
}

/** What was asked for, or what is wrong with it. */
function readArguments(): Asked | string {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: "string" },
        actor: { type: "string" },
        reason: { type: "string" },
        empty: { type: "boolean", default: false },
      },
    });
    const { config, actor = "", reason = "", empty } = values;
    if (config === undefined) return "--config is missing";
    if (actor === "" || !isLine(actor, actorNameMax))
      return "--actor must be one line: who says so";
    if (reason === "" || !isLine(reason, actorReasonMax)) return "--reason must be one line: why";
    return { configFile: config, actor: { name: actor, reason }, isEmpty: empty };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

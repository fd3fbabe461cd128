// All commands with their options, and how a call becomes the work of one of them.

import { Command, CommanderError } from "commander";
import { addAdvice } from "./commands/advice.ts";
import { addChannels } from "./commands/channels.ts";
import { addCompletion } from "./commands/completion.ts";
import { addConfirmStopped } from "./commands/confirm-stopped.ts";
import { addDrill } from "./commands/drill.ts";
import { addDrills } from "./commands/drills.ts";
import { addExplain } from "./commands/explain.ts";
import { addFlow } from "./commands/flow.ts";
import { addMail } from "./commands/mail.ts";
import { addMaintenance } from "./commands/maintenance.ts";
import { addMoves } from "./commands/moves.ts";
import { addOverride } from "./commands/override.ts";
import { addRuns } from "./commands/runs.ts";
import { addServers } from "./commands/servers.ts";
import { addSignals } from "./commands/signals.ts";
import { addStatus } from "./commands/status.ts";
import { addWatch } from "./commands/watch.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { type GlobalOptions, runWork, type Surroundings, type Work } from "./session.ts";

/** Runs the work of a command; the call ends with what it returns. */
export type Run = (work: Work) => Promise<void>;

/** Adds one command, or a group of them. */
export type AddCommand = (program: Command, run: Run) => void;

const groups: readonly AddCommand[] = [
  addStatus,
  addWatch,
  addServers,
  addExplain,
  addAdvice,
  addSignals,
  addRuns,
  addChannels,
  addFlow,
  addMoves,
  addDrill,
  addDrills,
  addMaintenance,
  addConfirmStopped,
  addOverride,
  addMail,
  addCompletion,
];

const exitCodesHelp = `
Exit codes: 0 done, 1 a service refused or failed, 2 wrong arguments, profile or certificates,
3 a service did not answer (what it would have told is UNKNOWN), 4 not confirmed, 5 a drill failed.
docs/cli.md shows every command with what it prints.`;

/** Runs one call. Never throws; everything that is to be told has been told when it resolves. */
export async function runCommandLine(
  words: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { stdout, stderr } = surroundings;
  let exitCode: ExitCode = exitCodes.done;
  const program = createProgram(async (work) => {
    exitCode = await runWork(work, { options: program.opts<GlobalOptions>(), surroundings });
  });
  program.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
  });
  inheritAll(program);
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for ends the call too.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.misused;
  }
}

/** The tree of commands. */
export function createProgram(run: Run): Command {
  const program = new Command("hot-backup")
    .description("Asks and operates the services of Hot Backup.")
    .option("--json", "one JSON document, or one a line where the result goes on")
    .option("-p, --profile <name>", "addresses and certificates to use (HOT_BACKUP_PROFILE)")
    .option("--as <name>", "who asks, for the history; with a certificate it says so itself")
    .addHelpText("after", exitCodesHelp);
  for (const add of groups) add(program, run);
  return program;
}

// Commands are made before the output is known, so it is handed down the tree here.
function inheritAll(command: Command): void {
  const path = pathOf(command);
  command.exitOverride().showHelpAfterError(`Next: ${path} --help tells what it takes`);
  for (const each of command.commands) inheritAll(each.copyInheritedSettings(command));
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

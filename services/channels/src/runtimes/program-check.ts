// Whether programs can be found and executed by a user. A small process of that user looks, so that
// the kernel judges, and so that a folder that hangs (a network disk whose server is gone) never
// holds the channels service up.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import type { StartProblem } from "../core/start-problem.ts";
import { findUser } from "./environment.ts";

const script = readFileSync(join(import.meta.dirname, "program-check.sh"), "utf8");

/** One program that a channel needs. */
export interface Program {
  readonly folder: string;
  readonly path: string;
  /** The path is of the channel's environment, whose values are not for everybody. */
  readonly isPathOwn: boolean;
  readonly name: string;
  /** Such as "Its command". */
  readonly whose: string;
}

/** What was found of each program, in their order. */
export type Found = readonly (StartProblem | undefined)[];

/** What is told of a program that was not looked at in time. */
export const unfinished: StartProblem = {
  reason: "CHECK_UNFINISHED",
  text: "Its files could not be looked at in time: a disk may hang",
};

/**
 * Looks at programs as a user, "" being that of this service. `onEnd` is called when the process
 * has ended, which may be long after this has resolved.
 */
export async function checkPrograms(
  programs: readonly Program[],
  how: { user: string; withinMs: number; onEnd: () => void },
): Promise<Found> {
  const { user, withinMs, onEnd } = how;
  const all = (problem: StartProblem) => programs.map(() => problem);
  let child: ChildProcess;
  try {
    child = hire(user);
  } catch (error) {
    onEnd();
    return all({ reason: "USER_UNKNOWN", text: describe(error) });
  }
  const verdicts = readVerdicts(child);
  giveWork(child, programs);
  const error = await endOf(child, { withinMs, onEnd });
  if (error === undefined) return programs.map((each, index) => judge(each, verdicts.get(index)));
  const text = `Nothing can be run as user "${user}": ${error}`;
  return all({ reason: user === "" ? "CHECK_UNFINISHED" : "USER_FORBIDDEN", text });
}

function hire(user: string): ChildProcess {
  const child = spawn("bash", ["--norc", "--noprofile", "-c", script, "hot-backup-check"], {
    cwd: "/",
    env: { PATH: process.env["PATH"] },
    stdio: ["pipe", "pipe", "ignore"],
    ...(user === "" ? {} : identityOf(user)),
  });
  // Its end is told by the process; a broken pipe must not throw as well.
  child.stdin?.on("error", () => undefined);
  if (child.pid !== undefined) yieldTurn(child.pid);
  return child;
}

function identityOf(user: string): { uid: number; gid: number } {
  const { uid, gid } = findUser(user);
  return { uid, gid };
}

// It looks around while others work.
function yieldTurn(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already.
  }
}

function giveWork({ stdin }: ChildProcess, programs: readonly Program[]): void {
  const fields = programs.flatMap(({ folder, path, name }, index) => [index, folder, path, name]);
  stdin?.end(fields.map((field) => `${field}\0`).join(""));
}

// Resolves with why it was none, or undefined.
async function endOf(
  child: ChildProcess,
  { withinMs, onEnd }: { withinMs: number; onEnd: () => void },
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  child.once("error", (error) => {
    if (child.pid === undefined) onEnd();
    resolve(error.message);
  });
  child.once("exit", onEnd);
  child.once("close", () => resolve(undefined));
  const cut = setTimeout(() => {
    child.kill("SIGKILL");
    // One that hangs in the kernel does not even die: it is not waited for.
    child.stdout?.destroy();
    child.unref();
    resolve(undefined);
  }, withinMs);
  const error = await promise;
  clearTimeout(cut);
  return error;
}

interface Verdict {
  readonly word: string;
  readonly detail: string;
}

// By the number of the program; filled while the process talks.
function readVerdicts({ stdout }: ChildProcess): ReadonlyMap<number, Verdict> {
  const verdicts = new Map<number, Verdict>();
  let partial: string[] = [];
  stdout?.setEncoding("utf8");
  stdout?.on("data", (text: string) => {
    const [begun = "", ...more] = text.split("\0");
    const fields = [...partial.slice(0, -1), `${partial.at(-1) ?? ""}${begun}`, ...more];
    // The last field is the beginning of the next one.
    const whole = fields.length - 1 - ((fields.length - 1) % 3);
    for (let index = 0; index < whole; index += 3) {
      const [number = "", word = "", detail = ""] = fields.slice(index, index + 3);
      verdicts.set(Number(number), { word, detail });
    }
    partial = fields.slice(whole);
  });
  return verdicts;
}

function judge(program: Program, verdict: Verdict | undefined): StartProblem | undefined {
  const { folder, path, isPathOwn, name, whose } = program;
  const isLookedUp = !name.includes("/");
  switch (verdict?.word) {
    case "ok":
      return undefined;
    case "no_folder":
      return { reason: "FOLDER_MISSING", text: `There is no working directory ${folder}` };
    case "folder_closed":
      return { reason: "FOLDER_CLOSED", text: `Its user cannot enter ${folder}` };
    case "no_program": {
      const searched = isPathOwn ? "the PATH of its environment" : path;
      const where = isLookedUp ? searched : folder;
      return { reason: "COMMAND_NOT_FOUND", text: `${whose} ${name} is not in ${where}` };
    }
    case "not_executable": {
      const file = isLookedUp && isPathOwn ? name : verdict.detail;
      const text = `${whose} ${file} cannot be executed by its user`;
      return { reason: "COMMAND_NOT_EXECUTABLE", text };
    }
    case "no_interpreter": {
      const text = `${whose} ${name} is a script for ${verdict.detail}, which is not there`;
      return { reason: "INTERPRETER_MISSING", text };
    }
    case undefined:
    default:
      return unfinished;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

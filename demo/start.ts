// `npm start`: the two servers of the examples, up until you stop them, with everything they say
// shown as it happens. On a terminal, keys break the primary and mend it.
//
//   --port-base N     moves all ports; default 7400
//
// Exit codes: 0 stopped, 1 failed, 2 bad arguments.

import { relative } from "node:path";
import { styleText } from "node:util";
import type { Instance } from "@hot-backup/testbed/instance.ts";
import { readArguments } from "./arguments.ts";
import { openStage, serverIds, type Stage } from "./stage.ts";
import { write } from "./timeline.ts";

/** Slow enough to leave it running. */
const filesPerSecond = 2;

const serveWithinMs = 30_000;

/** What a key does to the primary, and what the timeline says about it. */
const actions: Readonly<
  Record<string, { label: string; says: string; act(primary: Instance): Promise<unknown> | void }>
> = {
  k: { label: "kill", says: "You kill the primary", act: (primary) => primary.kill() },
  f: {
    label: "freeze",
    says: "You freeze the primary's services",
    act: (primary) => primary.freeze(primary.services.filter((each) => primary.isRunning(each))),
  },
  t: { label: "thaw", says: "You thaw the primary", act: (primary) => primary.thaw() },
  s: { label: "stop", says: "You stop the primary in order", act: (primary) => primary.stop() },
  r: {
    label: "restart",
    says: "You start the primary again",
    act: async (primary) => {
      await primary.kill();
      primary.start();
    },
  },
};

const options = readArguments("usage: npm start -- [--port-base N]", { hasFigures: false });
if (options === undefined) process.exit(2);
try {
  const stage = await openStage({ name: "start", portBase: options.portBase, filesPerSecond });
  const asked = listenForQuit();
  await bringUp(stage, asked);
  await asked;
  await bringDown(stage);
  process.exit(0);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function bringUp(stage: Stage, asked: Promise<void>): Promise<void> {
  const serving = stage.bed.start(serveWithinMs);
  if ((await Promise.race([serving, asked.then(() => "asked")])) === "asked") return;
  printAddresses(stage);
  stage.timeline.head();
  stage.follow();
  listenForKeys(stage);
}

async function bringDown(stage: Stage): Promise<void> {
  write("\nStopping everything. Ctrl-C again ends it at once.");
  stage.bed.primary.thaw();
  await stage.bed.primary.stop();
  await stage.bed.backup.stop();
  await stage[Symbol.asyncDispose]();
}

function printAddresses({ bed }: Stage): void {
  const rows = [
    [serverIds.primary, "heartbeat", bed.address("primaryHeartbeat")],
    ["", "channels", bed.address("primaryChannels")],
    [serverIds.backup, "monitor", bed.address("monitor")],
    ["", "channels", bed.address("backupChannels")],
    ["", "notify", bed.address("notify")],
    ["mailbox", "smtp", bed.address("smtp")],
  ];
  for (const [server = "", service = "", address = ""] of rows) {
    write(`  ${styleText("bold", server.padEnd(12))}${service.padEnd(12)}${address}`);
  }
  write(`  ${"data".padEnd(24)}${relative(process.cwd(), bed.folder)}\n`);
  if (process.stdin.isTTY) {
    const keys = Object.entries(actions).map(([key, { label }]) => `${key} ${label}`);
    write(`  The primary: ${keys.join(" · ")}      q quit\n`);
  }
}

// Resolves when the servers shall stop. A second request ends everything at once.
function listenForQuit(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      let isRepeated = false;
      process.on(name, () => {
        if (isRepeated) process.exit(1);
        isRepeated = true;
        resolve();
      });
    }
  });
}

// One action at a time: a key that is pressed while another one is at work waits for it.
function listenForKeys({ bed, timeline }: Stage): void {
  if (!process.stdin.isTTY) return;
  let last: Promise<unknown> = Promise.resolve();
  const press = async (key: string) => {
    const action = actions[key];
    if (action === undefined) return;
    timeline.say("does", action.says);
    try {
      await action.act(bed.primary);
    } catch (error) {
      timeline.say("wrong", error instanceof Error ? error.message : String(error));
    }
  };
  process.stdin.setRawMode(true);
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (keys) => {
    for (const key of String(keys)) {
      // Ctrl-C is a character in this mode.
      if (key === "q" || key === "\u0003") process.kill(process.pid, "SIGINT");
      else last = last.then(() => press(key));
    }
  });
}

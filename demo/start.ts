// `npm start`: the two servers of the examples and their console, up until you stop them, with
// everything they say shown as it happens. On a terminal, keys break the primary and mend it.
//
//   --port-base N     moves all ports; default 7400
//
// Exit codes: 0 stopped, 1 failed, 2 bad arguments.

import { relative } from "node:path";
import { styleText } from "node:util";
import type { Instance } from "@hot-backup/testbed/instance.ts";
import { readArguments } from "./arguments.ts";
import { startConsole, type StartedConsole } from "./console.ts";
import { openStage, serverIds, type Stage } from "./stage.ts";
import { write } from "./timeline.ts";

/** Slow enough to leave it running. */
const filesPerSecond = 2;

const serveWithinMs = 30_000;

/** Of the console, above the base of all ports. */
const consolePortOffset = 100;

/** Ctrl-C reaches npm too, which passes it on: both signals are one request. */
const sameRequestMs = 500;

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
  const begun = await bringUp(stage, { asked, consolePort: options.portBase + consolePortOffset });
  await asked;
  await bringDown(stage, begun);
  process.exit(0);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** The keys of the terminal. */
interface Keys {
  /** Takes no more keys. Resolves when what the last ones began has ended. */
  close(): Promise<unknown>;
}

/** What was begun besides the servers. */
interface Begun {
  readonly keys: Keys;
  readonly ownConsole: StartedConsole;
}

// Undefined when it was to stop before everything served.
async function bringUp(
  stage: Stage,
  { asked, consolePort }: { asked: Promise<void>; consolePort: number },
): Promise<Begun | undefined> {
  write("Starting both servers and their console.\n");
  const serving = Promise.all([
    startConsole(stage.bed.folder, { port: consolePort }),
    stage.bed.start(serveWithinMs),
  ]);
  const started = await Promise.race([serving, asked.then(() => undefined)]);
  if (started === undefined) return undefined;
  const [ownConsole] = started;
  printAddresses(stage, ownConsole);
  stage.timeline.head();
  stage.follow();
  return { keys: listenForKeys(stage), ownConsole };
}

async function bringDown(stage: Stage, begun: Begun | undefined): Promise<void> {
  write("\nStopping everything. Ctrl-C again ends it at once.");
  const closed = begun?.keys.close();
  await begun?.ownConsole.stop();
  // What is frozen can neither stop by itself nor because a key has asked it to.
  stage.bed.primary.thaw();
  await closed;
  stage.bed.primary.thaw();
  await stage.bed.primary.stop();
  await stage.bed.backup.stop();
  await stage[Symbol.asyncDispose]();
}

function printAddresses({ bed }: Stage, { url, token }: StartedConsole): void {
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
  write(`  ${styleText("bold", "console".padEnd(24))}${styleText("bold", url)}`);
  write(`  ${"  to act there, sign in with the token".padEnd(40)}${token}\n`);
  if (process.stdin.isTTY) {
    const keys = Object.entries(actions).map(([key, { label }]) => `${key} ${label}`);
    write(`  The primary: ${keys.join(" · ")}      q quit\n`);
  }
}

// Resolves when the servers shall stop. A second request ends everything at once.
function listenForQuit(): Promise<void> {
  return new Promise((resolve) => {
    let askedAtMs: number | undefined;
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, () => {
        askedAtMs ??= performance.now();
        if (performance.now() - askedAtMs > sameRequestMs) process.exit(1);
        resolve();
      });
    }
  });
}

// One action at a time: a key that is pressed while another one is at work waits for it.
function listenForKeys({ bed, timeline }: Stage): Keys {
  let last: Promise<unknown> = Promise.resolve();
  let isOpen = process.stdin.isTTY;
  const press = async (key: string) => {
    const action = actions[key];
    if (!isOpen || action === undefined) return;
    timeline.say("does", action.says);
    try {
      await action.act(bed.primary);
    } catch (error) {
      timeline.say("wrong", error instanceof Error ? error.message : String(error));
    }
  };
  const take = (typed: string) => {
    // An arrow or a function key: several characters that nobody has typed.
    if (typed.startsWith("\u001b")) return;
    for (const key of typed.toLowerCase()) {
      // Ctrl-C is a character in this mode.
      if (key === "q" || key === "\u0003") process.kill(process.pid, "SIGINT");
      else last = last.then(() => press(key));
    }
  };
  if (isOpen) {
    process.stdin.setRawMode(true);
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (typed) => take(String(typed)));
  }
  return {
    close: () => {
      isOpen = false;
      return last;
    },
  };
}

// One bed, step by step: an operator and some programs with nothing but the command line, while
// everything works, while the monitor is frozen, and when it is gone.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  untilRunningOn,
  untilSignals,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";
import { CommandLine, profileOf } from "./command-line.fixture.ts";

const execute = promisify(execFile);

let bed: Bed;
let line: CommandLine;
beforeAll(async () => {
  // Calm enough for a machine that is busy with other tests: here nobody measures how fast it is.
  bed = await openBed(watchedServer({ failback: "manual", threshold: "3s" }));
  line = new CommandLine(profileOf(bed.servers));
});
afterAll(async () => {
  line?.[Symbol.dispose]();
  await bed?.[Symbol.asyncDispose]();
});

test("status tells everything, with whose word it is and as of when", async () => {
  const { exitCode, out, err } = await line.run("status");
  expect(err).toBe("");
  expect(exitCode).toBe(0);
  const monitor = bed.servers.address("monitor");
  expect(out).toMatch(new RegExp(`^as of [-0-9]+ [:0-9]+Z by the monitor at ${monitor}$`, "m"));
  const lease = "[0-9.]+ s left";
  const row = `^primary-1 +LIVE +.+ PRIMARY +\\d+ +${lease} +[0-9.]+ s ago +(?:yes|UNKNOWN)$`;
  expect(out).toMatch(new RegExp(row, "m"));
  expect(out).toMatch(/^orders +primary-1 +STARTED +ACTIVE .+ primary-1$/m);
  expect(out).toMatch(/^orders +backup-1 +STOPPED +INACTIVE .+ primary-1$/m);
  expect(out).toMatch(/^reports +backup-1 +STARTED +ACTIVE /m);
  expect(out).toMatch(/LIVE +primary-1 +1 +Its first good heartbeat has arrived$/m);
  expect(out).toMatch(/^mail: \d+ queued, 0 failed$/m);
  // No colours where nobody looks.
  expect(out).not.toContain("\u001B");
});

test("with --json a program reads one document with the names of the contracts", async () => {
  const server = { serverId: "primary-1", state: "SERVER_STATE_LIVE", threshold: "3s" };
  const orders = expect.objectContaining({
    definition: expect.objectContaining({ name: "orders" }),
    activity: "ACTIVITY_STARTED",
  });
  expect(await line.json("status")).toMatchObject({
    monitors: [{ state: "ANSWERS", servers: [server] }],
    channels: [
      { serverId: "primary-1", state: "ANSWERS", channels: expect.arrayContaining([orders]) },
      { serverId: "backup-1", state: "ANSWERS" },
    ],
    mail: { state: "ANSWERS", failed: 0 },
  });
  expect(await line.json("servers")).toMatchObject({ servers: [server] });
  expect(await line.json("explain", "primary-1")).toMatchObject({ server });
  expect(await line.json("channels", "list", "--server", "primary-1")).toMatchObject({
    channels: expect.arrayContaining([orders]),
    unknown: [],
  });
  expect(await line.json("signals")).toMatchObject({ signals: [{ signal: "SIGNAL_LIVE" }] });
});

test("a flow is tried without any effect", async () => {
  const dead = await line.run("flow", "test", "--signal", "DEAD");
  expect(dead.out).toContain("1. Start orders and invoices on backup-1, until all of them run");
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-flow-"));
  const file = join(folder, "flow.yaml");
  writeFileSync(
    file,
    "switch: /signal\ncases: { DEAD: [{ startChannels: [orders], on: nobody }] }\n",
  );
  const wrong = await line.run("flow", "test", file, "--signal", "DEAD");
  rmSync(folder, { recursive: true });
  expect(wrong.exitCode).toBe(2);
  expect(wrong.err).toContain('"nobody"');
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("what stops channels shows its plan, and without a terminal wants --yes", async () => {
  const { exitCode, err } = await line.run("switchover", "primary-1", "--reason", "a new kernel");
  expect(exitCode).toBe(2);
  expect(err).toContain("1. Start orders and invoices on backup-1, until all of them run");
  expect(err).toContain("Next: look at what would happen, then repeat the command with --yes");
  await untilRunningOn(bed, "primary");
});

test("on a terminal the word has to be typed: anything else changes nothing", async () => {
  const running = line.startOnTerminal("switchover", "primary-1", "--reason", "a new kernel");
  await expect.poll(running.shown, { timeout: withinMs }).toContain("Type primary-1 to go on: ");
  running.type("yes\r");
  expect(await running.ended).toBe(4);
  expect(running.shown()).toContain('"primary-1" was not typed, and nothing was changed');
  await untilRunningOn(bed, "primary");
});

test("who types the word moves the channels to the backup, and is in the history", async () => {
  const words = ["switchover", "primary-1", "--reason", "a new kernel", "--as", "anna"];
  const running = line.startOnTerminal(...words);
  await expect.poll(running.shown, { timeout: withinMs }).toContain("Type primary-1 to go on: ");
  running.type("primary-1\r");
  expect(await running.ended).toBe(0);
  await untilRunningOn(bed, "backup");
  const { out } = await line.run("explain", "primary-1");
  expect(out).toContain("(anna: a new kernel)");
});

test("failback with --yes brings them home; a second one is refused, with what to do", async () => {
  const words = ["failback", "primary-1", "--reason", "the kernel is new", "--yes"];
  expect((await line.run(...words)).exitCode).toBe(0);
  await untilRunningOn(bed, "primary");
  const again = await line.run(...words);
  expect(again.exitCode).toBe(1);
  expect(again.err).toContain('Cannot fail back to server "primary-1": no backup has its channels');
  expect(again.err).toMatch(/^Next: hot-backup explain /m);
});

test("runs tell what was done, step by step", async () => {
  const { out } = await line.run("runs");
  const switchover = /^(\S+) .* switchover +DEAD +FINISHED /m.exec(out)?.[1] ?? "";
  const { out: run } = await line.run("runs", switchover);
  expect(run).toMatch(/^1 +DONE +startChannels +backup-1 /m);
  expect(run).toMatch(/^1 +orders +STARTED$/m);
});

test("a server in maintenance says so until it is cleared", async () => {
  const set = ["maintenance", "set", "primary-1", "--reason", "a new fan", "--for", "2h"];
  expect((await line.run(...set, "--as", "anna")).exitCode).toBe(0);
  expect((await line.run("servers")).out).toMatch(
    /^primary-1: maintenance by anna until .+: a new fan$/m,
  );
  expect((await line.run("maintenance", "clear", "primary-1", "--reason", "done")).exitCode).toBe(
    0,
  );
  expect((await line.run("servers")).out).not.toContain("maintenance");
});

test("a channel is deployed, read, stopped, started and undeployed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-deploy-"));
  const file = join(folder, "channels.yaml");
  const command = "[sh, -c, 'echo here it is; sleep 1000']";
  writeFileSync(file, `channels: [{ name: extra, process: { command: ${command} } }]\n`);
  const on = ["--server", "backup-1"];
  expect((await line.run("channels", "deploy", file, ...on)).exitCode).toBe(0);
  rmSync(folder, { recursive: true });
  const log = line.start("channels", "log", "extra", "--follow", ...on);
  await expect.poll(log.shown, { timeout: withinMs }).toMatch(/stdout +here it is$/m);
  log.send("SIGINT");
  expect(await log.ended).toBe(0);
  const stopped = await line.run("channels", "stop", "ext*", "--yes", ...on);
  expect(stopped.out).toMatch(/^extra +STOPPED +ok$/m);
  const started = await line.run("channels", "start", "extra", ...on);
  expect(started.out).toMatch(/^extra +STARTED +ok$/m);
  expect((await line.run("channels", "undeploy", "extra", "--yes", ...on)).exitCode).toBe(0);
  const gone = await line.run("channels", "start", "extra", ...on);
  expect(gone.exitCode).toBe(1);
  expect(gone.out).toContain("UNKNOWN_CHANNEL");
});

test("a file that the service has read itself means the same when it is deployed", async () => {
  const before = await bed.servers.channels("backup");
  const file = join(bed.servers.folder, "config", "channels.yaml");
  const deployed = await line.run("channels", "deploy", file, "--server", "backup-1");
  expect(deployed).toMatchObject({ exitCode: 0, err: "" });
  const after = await bed.servers.channels("backup");
  for (const name of ["orders", "invoices"]) {
    const { digest, activation, activity } = before.get(name) ?? {};
    expect(digest).toHaveLength(64);
    expect(after.get(name)).toMatchObject({ digest, activation, activity });
  }
});

test("a protected channel does not start for an operator, and an override is refused", async () => {
  const borrowed = await line.run("channels", "start", "orders", "--server", "backup-1");
  expect(borrowed.exitCode).toBe(1);
  expect(borrowed.out).toContain("ORDER_REQUIRED");
  const words = ["override", "orders", "--on", "backup-1", "--of", "primary-1", "--reason", "why"];
  const { exitCode, err } = await line.run(...words, "--yes");
  expect(exitCode).toBe(1);
  expect(err).toContain("answers: ask it instead");
  expect(err).toContain("work may be done twice");
  const { out } = await line.run("channels", "overrides");
  expect(out).toBe("there has been no override\n");
});

test("a test mail arrives, and is in the ledger", async () => {
  const { exitCode, out } = await line.run("mail", "test", "--to", "anna@example.org");
  expect(exitCode).toBe(0);
  const key = /^key +(\S+)$/m.exec(out)?.[1] ?? "";
  expect(bed.servers.mailbox.mails.map(({ subject }) => subject)).toContain("[Hot Backup] test");
  expect(await line.json("mail", "list", "-n", "1")).toMatchObject({
    deliveries: [{ idempotencyKey: key, state: "DELIVERY_STATE_SENT" }],
  });
  expect((await line.run("mail", "show", key)).out).toContain("250 OK");
});

test("a shell completes commands, options and servers", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-bin-"));
  // As npm links it.
  const program = fileURLToPath(new URL("../../clients/cli/src/main.ts", import.meta.url));
  symlinkSync(program, join(folder, "hot-backup"));
  symlinkSync(process.execPath, join(folder, "node"));
  const script = [
    "source <(hot-backup completion bash)",
    'try() { COMP_WORDS=(hot-backup "$@"); COMP_CWORD=$#; _hot_backup; echo "${COMPREPLY[*]}"; }',
    "try channels un; try switchover --re; try explain ''; try flow test --signal D",
  ].join("\n");
  const env = { PATH: `${folder}:${process.env["PATH"]}`, HOME: folder };
  const { stdout } = await execute("bash", ["-c", script], { env });
  rmSync(folder, { recursive: true });
  const offered = stdout.trimEnd().split("\n");
  expect(offered).toEqual(["undeploy", "--reason", "backup-1 primary-1", "DEAD"]);
});

test("a frozen monitor is UNKNOWN while one watches, with its age, until it thaws", async () => {
  const { backup } = bed.servers;
  const watching = line.startOnTerminal("watch");
  const latest = () => watching.shown().slice(-4000);
  await expect.poll(latest, { timeout: withinMs }).toMatch(/primary-1 +LIVE/);
  backup.freeze(["monitor"]);
  await expect
    .poll(latest, { timeout: withinMs })
    .toMatch(/monitor UNKNOWN at \S+; its last word is/);
  await expect.poll(latest, { timeout: withinMs }).toMatch(/primary-1 +UNKNOWN +- +UNKNOWN/);
  // Who waits for one that is stuck is told all the same what the others said.
  const { exitCode, out } = await line.run("status");
  expect(exitCode).toBe(3);
  expect(out).toMatch(/^monitor UNKNOWN at \S+: .+: the service does not answer$/m);
  expect(out).toMatch(/^reports +backup-1 +STARTED /m);
  const before = watching.shown().length;
  backup.thaw();
  const since = () => watching.shown().slice(before);
  await expect.poll(since, { timeout: withinMs }).toMatch(/primary-1 +LIVE/);
  watching.type("q");
  expect(await watching.ended).toBe(0);
  // The page of before is back, with its cursor.
  expect(watching.raw().trimEnd().endsWith("\u001B[?25h\u001B[?1049l")).toBe(true);
});

test("signals are followed across a restart of the monitor, each exactly once", async () => {
  const following = line.start("signals", "--follow", "--json");
  const signals = () =>
    following
      .shown()
      .split("\n")
      .filter((each) => each.startsWith("{"))
      .map((each) => {
        const { signalId, signal }: { signalId: string; signal: string } = JSON.parse(each);
        return `${signalId} ${signal}`;
      });
  const first = ["1 SIGNAL_LIVE"];
  await expect.poll(signals, { timeout: withinMs }).toEqual(first);
  await bed.servers.backup.killService("monitor");
  await expect.poll(following.shown, { timeout: withinMs }).toContain("trying again until Ctrl-C");
  bed.servers.backup.start();
  await bed.servers.waitForServing("monitor", withinMs);
  await bed.servers.primary.kill();
  const both = [...first, "2 SIGNAL_DEAD"];
  await expect.poll(signals, { timeout: withinMs }).toEqual(both);
  following.send("SIGINT");
  expect(await following.ended).toBe(0);
});

test("without a monitor all that it told is UNKNOWN, and the exit code is 3", async () => {
  await bed.servers.backup.killService("monitor");
  const { exitCode, out } = await line.run("status");
  expect(exitCode).toBe(3);
  const monitor = bed.servers.address("monitor");
  expect(out).toContain(`monitor UNKNOWN at ${monitor}: Cannot ask the monitor:`);
  expect(out).not.toMatch(/LIVE|DEAD/);
  expect(out).toMatch(/^channels of primary-1 UNKNOWN at /m);
  expect(out).toMatch(/^orders +backup-1 +STARTED /m);
  expect(await line.json("status")).toMatchObject({
    monitors: [
      { address: monitor, state: "UNKNOWN", error: expect.stringContaining("Cannot ask") },
    ],
    channels: [
      { serverId: "primary-1", state: "UNKNOWN" },
      { serverId: "backup-1", state: "ANSWERS" },
    ],
  });
  const explained = await line.run("explain", "primary-1", "--json");
  expect(explained).toMatchObject({ exitCode: 3, out: "" });
  expect(JSON.parse(explained.err)).toMatchObject({
    error: {
      reason: "UNAVAILABLE",
      exitCode: 3,
      next: expect.stringContaining("hot-backup status"),
    },
  });
});

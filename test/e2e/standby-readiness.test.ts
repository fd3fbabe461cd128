// One bed, step by step: what a takeover needs is taken away on the backup, and given back. Each is
// told with the server within a period, mailed when it lasts, and keeps no takeover from being
// tried.

import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import {
  Activation,
  Activity,
  type ChannelDefinition,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { isMap, isSeq } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bed, openBed, untilRunningOn, watchedServer, withinMs } from "./bed.fixture.ts";

const every = "500ms";

let bed: Bed;
const binFolder = mkdtempSync(join(tmpdir(), "hot-backup-bin-"));
const command = join(binFolder, "node");

beforeAll(async () => {
  giveCommand();
  bed = await openBed((file, document) => {
    // So long that a starved machine makes no takeover of its own.
    watchedServer({ threshold: "6s" })(file, document);
    if (file === "backup.yaml") document.setIn(["monitor", "readiness"], { every });
    const channels = document.get("channels");
    if (file !== "channels.yaml" || !isSeq(channels)) return;
    // Both servers are on this machine: what runs on the primary needs the command no more.
    const [orders] = channels.items;
    if (isMap(orders)) orders.setIn(["process", "command", 0], command);
  });
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
  rmSync(binFolder, { recursive: true });
});

function giveCommand(): void {
  symlinkSync(process.execPath, command);
}

async function reasons(): Promise<string[] | undefined> {
  const { readiness } = await bed.servers.server();
  if (readiness?.checkedAt === undefined) return undefined;
  expect(readiness.ready).toBe(readiness.problems.length === 0);
  return readiness.problems.map(({ subject, reason }) => `${subject} ${reason}`);
}

async function untilReasons(...expected: string[]): Promise<void> {
  await bed.servers.waitFor(`reasons to be [${expected.join(", ")}]`, withinMs, async () => {
    return (await reasons())?.join() === expected.join();
  });
}

async function untilSubject(pattern: RegExp): Promise<void> {
  await bed.servers.waitFor(`a mail ${pattern}`, withinMs, () =>
    bed.servers.mailbox.mails.some(({ subject }) => pattern.test(subject)),
  );
}

const options = { what: "call", deadlineMs: withinMs };

async function deployOnBackup(definition: ChannelDefinition): Promise<void> {
  const { backupChannels } = bed.servers;
  const activation = Activation.ACTIVATION_INACTIVE;
  const request = { definition, activation, actor: { name: "anna", reason: "a trial" } };
  await call(backupChannels.deployChannel.bind(backupChannels), request, options);
}

async function definitionOnBackup(name: string): Promise<ChannelDefinition> {
  const definition = (await bed.servers.channels("backup")).get(name)?.definition;
  if (definition === undefined) throw new Error(`${name} is not deployed`);
  return definition;
}

test("a pair that is well is ready, and nobody gets a mail of it", async () => {
  await untilReasons();
  expect(bed.servers.mailbox.mails.filter(({ subject }) => subject.includes("READY"))).toEqual([]);
});

test("a command that is missing is told, mailed, and over when it is there", async () => {
  unlinkSync(command);
  await untilReasons("backup-1/orders COMMAND_NOT_FOUND");
  const { monitor } = bed.servers;
  const request = { serverId: primaryId, signalId: 0n, falseDeadPerYear: 0 };
  const explained = await call(monitor.explainServer.bind(monitor), request, options);
  expect(explained.server?.readiness).toMatchObject({
    ready: false,
    problems: [{ reason: "COMMAND_NOT_FOUND", text: expect.stringContaining(command) }],
  });
  await untilSubject(/NOT READY primary-1/);
  giveCommand();
  await untilReasons();
  await untilSubject(/\] READY primary-1/);
});

test("another definition, and a port that somebody has, are told", async () => {
  const invoices = await definitionOnBackup("invoices");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const tcp = { address: `127.0.0.1:${address.port}` };
  const readiness = { timeout: undefined, interval: undefined };
  await deployOnBackup({
    ...invoices,
    readiness: { ...readiness, check: { $case: "tcp", value: tcp } },
  });
  await untilReasons("backup-1/invoices DEFINITION_DIFFERS", "backup-1/invoices PORT_IN_USE");
  server.close();
  await untilReasons("backup-1/invoices DEFINITION_DIFFERS");
  await deployOnBackup(invoices);
  await untilReasons();
});

test("a channel that is not deployed on the backup is told", async () => {
  const invoices = await definitionOnBackup("invoices");
  const { backupChannels } = bed.servers;
  const gone = { name: "invoices", actor: { name: "anna", reason: "a trial" } };
  await call(backupChannels.undeployChannel.bind(backupChannels), gone, options);
  await untilReasons("backup-1/invoices NOT_DEPLOYED");
  await deployOnBackup(invoices);
  await untilReasons();
});

test("a backup whose channels service is gone is told, until it is back", async () => {
  await bed.servers.backup.killService("channels");
  await untilReasons("backup-1 TARGET_UNREACHABLE");
  bed.servers.backup.start(["channels"]);
  await untilReasons();
});

test("mail that could not go out is told: without notify, and without an SMTP server", async () => {
  const { servers } = bed;
  await servers.backup.killService("notify");
  await untilReasons("notify NOTIFY_UNREACHABLE");
  servers.backup.start(["notify"]);
  await untilReasons();
  await servers.mailbox.close();
  await untilReasons("notify SMTP_UNREACHABLE");
  await servers.mailbox.reopen();
  await untilReasons();
});

test("a takeover that would fail is tried all the same, until its channels run", async () => {
  unlinkSync(command);
  await untilReasons("backup-1/orders COMMAND_NOT_FOUND");
  await bed.servers.primary.kill();
  await bed.servers.waitFor("invoices to run on the backup", withinMs, async () => {
    const channels = await bed.servers.channels("backup");
    return channels.get("invoices")?.activity === Activity.ACTIVITY_STARTED;
  });
  giveCommand();
  await untilRunningOn(bed, "backup");
  // What runs there needs nothing any more.
  await untilReasons();
});

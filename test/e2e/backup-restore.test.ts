// One bed, step by step: the stores copied while the services work, lost, and put back by the very
// commands of docs/operations.md. What a copy does not know must cost nobody a second runner.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Assignment } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { DeliveryState } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { serviceEnvironment } from "@hot-backup/testbed/service-process.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  type Bed,
  openBed,
  runsOf,
  soundVerdict,
  untilRunningOn,
  untilSignals,
  verdictAtEnd,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(repository, "docs/operations.md"), "utf8");

let bed: Bed;
let copies: string;
beforeAll(async () => {
  copies = mkdtempSync(join(tmpdir(), "hot-backup-copies-"));
  const watched = watchedServer({ threshold: "5s" });
  bed = await openBed((file, document) => {
    watched(file, document);
    // A restored journal waits for the longest lease that the lost one may have granted.
    if (file === "backup.yaml") document.setIn(["monitor", "release", "bound"], "6s");
  });
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
  rmSync(copies, { recursive: true, force: true });
});

test("every store is copied while its service works, and the copy is whole", async () => {
  await untilDelivered(1);
  runAsPasted(documented("copy the stores of the backup"));
  runAsPasted(documented("copy the store of the primary"));
  const names = ["monitor.db", "notify.db", "backup-channels.db", "primary-channels.db"];
  for (const name of names) {
    expect(check(join(copies, name)), name).toEqual([{ integrity_check: "ok" }]);
  }
});

test("a journal whose copy knows of no takeover is put back, and nobody else starts", async () => {
  const { servers } = bed;
  await servers.primary.kill();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  await untilDelivered(2);
  const { journalId } = await servers.server();
  await servers.backup.killService("monitor");
  runAsPasted(documented("put the journal back"));
  servers.primary.start();
  servers.backup.start(["monitor"]);
  const after = await servers.waitFor(
    "the channels to be given to the primary",
    withinMs,
    async () => {
      const server = await servers.server();
      return server.assignment === Assignment.ASSIGNMENT_PRIMARY && server;
    },
  );
  expect(after.journalId).not.toBe(journalId);
  await untilRunningOn(bed, "primary");
  // The copy has forgotten the death, and nothing was declared since.
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("an outbox is put back, and no mail of its copy is sent again", async () => {
  const { backup, mailbox } = bed.servers;
  const before = mailbox.mails.map(({ messageId }) => messageId);
  await backup.stop(["notify"]);
  runAsPasted(documented("put the outbox back"));
  backup.start(["notify"]);
  await bed.servers.waitForServing("notify", withinMs);
  await ask(bed, "switchover");
  await untilRunningOn(bed, "backup");
  await bed.servers.waitFor("the mail of the switchover", withinMs, () => {
    return mailbox.mails.length > before.length;
  });
  const after = mailbox.mails.map(({ messageId }) => messageId);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(new Set(after).size).toBe(after.length);
});

test("the store of a primary is put back while the backup has its channels", async () => {
  const { primary } = bed.servers;
  const signals = await untilSignals(bed, 1);
  await ask(bed, "setMaintenance");
  await primary.stop(["channels"]);
  runAsPasted(documented("put the store of the primary back"));
  primary.start(["channels"]);
  await bed.servers.waitFor("the channels service to be known again", withinMs, async () => {
    const { holder, sinceGood } = await bed.servers.server();
    return holder !== "" && (sinceGood?.seconds ?? 60n) < 2n;
  });
  await ask(bed, "clearMaintenance");
  await ask(bed, "failback");
  await untilRunningOn(bed, "primary");
  expect(await untilSignals(bed, 1)).toEqual(signals);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
  expect(runsOf(bed.servers, "orders").length).toBeGreaterThan(2);
});

/** The block of commands of the page whose first line is this comment. */
function documented(title: string): string {
  const blocks = page.matchAll(/(?:^ {4}.*\n)+/gm);
  const found = [...blocks].map(([block]) => block.replaceAll(/^ {4}/gm, ""));
  const block = found.find((each) => each.startsWith(`# ${title}\n`));
  if (block === undefined) throw new Error(`docs/operations.md has no block "# ${title}"`);
  return block;
}

// The page speaks of the folders of examples/two-servers, the bed has its own.
function runAsPasted(script: string): string {
  const { folder } = bed.servers;
  const here = script
    .replaceAll("data/primary/", `${folder}/primary/`)
    .replaceAll("data/backup/", `${folder}/backup/`)
    .replaceAll("examples/two-servers/", `${folder}/config/`)
    .replaceAll("/var/backups/hot-backup", copies);
  expect(here).not.toMatch(/(?<![\w/-])(?:data|examples)\//);
  return execFileSync("bash", ["-euo", "pipefail", "-c", here], {
    cwd: repository,
    env: serviceEnvironment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

// Taken by the SMTP server is not enough: the ledger must know.
async function untilDelivered(count: number): Promise<void> {
  const { notify } = bed.servers;
  await bed.servers.waitFor(`${count} mails to be settled`, withinMs, async () => {
    const options = { what: "Cannot list deliveries", deadlineMs: withinMs };
    const request = { state: DeliveryState.DELIVERY_STATE_SENT, pageSize: 0, pageToken: "" };
    const answer = await call(notify.listDeliveries.bind(notify), request, options);
    return answer.deliveries.length >= count;
  });
}

/** What SQLite says of a copy, row by row. */
function check(file: string): unknown[] {
  using database = new DatabaseSync(file, { readOnly: true });
  return database.prepare("PRAGMA integrity_check").all();
}

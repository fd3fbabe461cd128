// The two servers with mTLS on every address, one story: a failover and a failback, new certificates
// and a new authority while heartbeats flow, and a heartbeat service that is trusted no more.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Certificates } from "@hot-backup/kit/certificates.fixture.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  runsOf,
  soundVerdict,
  untilMails,
  untilRunningOn,
  untilSignals,
  verdictAtEnd,
  withinMs,
} from "./bed.fixture.ts";
import { openSecureBed, readLog, type SecureBed } from "./tls.fixture.ts";

let secure: SecureBed;
beforeAll(async () => {
  secure = await openSecureBed();
});
afterAll(async () => {
  await secure?.[Symbol.asyncDispose]();
});

function heartbeatStatus() {
  const { heartbeat } = secure.bed.servers;
  const options = { what: "Cannot get the status", deadlineMs: withinMs };
  return call(heartbeat.getHeartbeatStatus.bind(heartbeat), {}, options);
}

test("new leaves for everybody cost no heartbeat, no stream and no signal", async () => {
  const { bed } = secure;
  const before = await heartbeatStatus();
  await secure.renewAll();
  const after = await bed.servers.waitFor("ten more heartbeats", withinMs, async () => {
    const now = await heartbeatStatus();
    return now.answered >= before.answered + 10n && now;
  });
  expect(after.streams).toBe(before.streams);
  expect(after.sent - after.answered).toBeLessThanOrEqual(1n);
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("a new authority costs a connection each, and no signal", async () => {
  const { bed, certificates } = secure;
  using successors = await Certificates.open();
  const authority = (end: string) => join(certificates.folder, "ca", `ca.${end}`);
  const texts = [certificates, successors].map(({ folder }) =>
    readFileSync(join(folder, "ca", "ca.crt"), "utf8"),
  );
  const before = await heartbeatStatus();
  // First everybody trusts both, then everybody shows the new one, then the old one goes.
  writeFileSync(authority("crt"), texts.join("\n"));
  await secure.renewAll();
  writeFileSync(authority("crt"), texts.toReversed().join("\n"));
  copyFileSync(join(successors.folder, "ca", "ca.key"), authority("key"));
  await secure.renewAll();
  expect((await heartbeatStatus()).streams).toBe(before.streams);
  writeFileSync(authority("crt"), texts[1] ?? "");
  await secure.renewAll();
  await bed.servers.waitFor("a stream of the new authority", withinMs, async () => {
    const { streams, answered } = await heartbeatStatus();
    return streams > before.streams && answered > before.answered;
  });
  await untilRunningOn(bed, "primary");
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("an operator acts under the name of the certificate, and under no other", async () => {
  const { bed } = secure;
  await expect(ask(bed, "setMaintenance")).rejects.toMatchObject({ reason: "OTHER_ACTOR" });
  const { monitor } = bed.servers;
  const actor = { name: "", reason: "to see who it was" };
  const options = { what: "Cannot ask for maintenance", deadlineMs: withinMs };
  const request = { serverId: primaryId, actor, expiry: undefined };
  const { server } = await call(monitor.setMaintenance.bind(monitor), request, options);
  expect(server?.maintenance).toMatchObject({ owner: "ada", reason: "to see who it was" });
  await call(monitor.clearMaintenance.bind(monitor), { serverId: primaryId, actor }, options);
});

test("a killed primary is replaced, and gets its channels back", async () => {
  const { bed } = secure;
  await bed.servers.primary.kill();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  bed.servers.primary.start();
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  await untilRunningOn(bed, "primary");
  const runs = runsOf(bed.servers, "orders").map((run) => run.server);
  expect(runs.filter((server, index) => server !== runs[index - 1])).toEqual([
    "primary-1",
    "backup-1",
    "primary-1",
  ]);
});

test("every signal is told by one mail", async () => {
  expect(await untilMails(secure.bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
});

test("a heartbeat service that is trusted no more is out, and both sides say why", async () => {
  const { bed, certificates } = secure;
  const allowed = ["server/backup-1/monitor", "server/backup-1/channels", "operator/ada"];
  const text = allowed.map((each) => `spiffe://hot-backup/${each}\n`).join("");
  writeFileSync(join(certificates.directory("backup-1"), "allowed.txt"), text);
  expect(await untilSignals(bed, 4)).toEqual(["LIVE", "DEAD", "LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  const { lastError } = await heartbeatStatus();
  const because = "allowed.txt does not list spiffe://hot-backup/server/primary-1/heartbeat";
  expect(lastError).toContain(because);
  expect(readLog(bed.servers.backup, "monitor")).toContain(because);
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(secure.bed)).toEqual(soundVerdict);
});

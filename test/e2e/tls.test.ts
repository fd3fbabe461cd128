// The two servers with mTLS on every address, one story: new certificates and a new authority while
// heartbeats flow, a failover and a failback, and a heartbeat service that is trusted no more.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Certificates } from "@hot-backup/kit/certificates.fixture.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { serviceIdentity, type ServiceName } from "@hot-backup/kit/identity.ts";
import { openTls } from "@hot-backup/kit/tls.ts";
import {
  ChannelServiceClient,
  RenewLeaseRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { Heartbeat, MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { status as Code } from "@grpc/grpc-js";
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

test("a certificate of another server neither speaks for this one nor orders it", async () => {
  const { bed, certificates } = secure;
  const own = serviceIdentity("primary-2", "heartbeat");
  const directory = await certificates.server("primary-2");
  using tls = await openTls({ directory, refreshMs: 200, expiryWarningMs: 0 }, own);
  const at = (service: ServiceName, server: string) =>
    tls.targetOf(serviceIdentity(server, service));
  const { servers } = bed;
  const monitor = dial(MonitorServiceClient, servers.address("monitor"), at("monitor", "backup-1"));
  const stream = monitor.streamHeartbeats();
  const ended = new Promise<unknown>((resolve) => stream.once("error", resolve));
  const value = Heartbeat.fromPartial({
    serverId: primaryId,
    group: "two-servers",
    lifeId: "stolen",
    holder: "boot/1/2",
    sequence: 1n,
    interval: { seconds: 0n, nanos: 200_000_000 },
    channelsAnswering: true,
    protection: Protection.PROTECTION_LEASE,
    host: "elsewhere",
  });
  stream.write({ message: { $case: "heartbeat", value } });
  expect(await ended).toMatchObject({
    code: Code.PERMISSION_DENIED,
    details: expect.stringContaining(
      "they come from spiffe://hot-backup/server/primary-2/heartbeat",
    ),
  });
  const channels = dial(
    ChannelServiceClient,
    servers.address("primaryChannels"),
    at("channels", "primary-1"),
  );
  const options = { what: "Cannot do it", deadlineMs: withinMs };
  const order = { serverId: primaryId, term: 1000n, journalId: "stolen" };
  const stop = { names: ["*"], order, actor: undefined };
  await expect(call(channels.stopChannels.bind(channels), stop, options)).rejects.toMatchObject({
    reason: "ROLE_NOT_ALLOWED",
  });
  await expect(
    call(channels.renewLease.bind(channels), RenewLeaseRequest.fromPartial({ order }), options),
  ).rejects.toMatchObject({ reason: "OTHER_SERVER" });
  for (const client of [monitor, channels]) client.close();
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
  expect(readLog(servers.backup, "monitor")).toContain('"reason":"OTHER_SERVER"');
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

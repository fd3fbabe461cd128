// The console between machines: its certificate lets it act for people, and for nobody without a
// name; people show certificates of their own, or tokens.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { serviceIdentity } from "@hot-backup/kit/identity.ts";
import { openTls } from "@hot-backup/kit/tls.ts";
import { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withinMs } from "./bed.fixture.ts";
import {
  type ClientFiles,
  serversOf,
  type StartedConsole,
  startConsole,
  tokens,
} from "./console.fixture.ts";
import { openSecureBed, type SecureBed } from "./tls.fixture.ts";

let secure: SecureBed;
let directory: string;
let gateway: StartedConsole;
beforeAll(async () => {
  secure = await openSecureBed();
  const { certificates, bed } = secure;
  directory = await certificates.server("desk-1", ["console"]);
  gateway = await startConsole(
    { https: "own", servers: serversOf(bed.servers) },
    {
      top: { server: "desk-1", tls: { directory, refresh: "200ms" } },
      client: { ca: readFileSync(join(directory, "ca.crt")) },
    },
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
});

const maintenance = "/api/monitors/backup-1/servers/primary-1/set-maintenance";

async function filesOf(kind: "operator" | "reader", name: string): Promise<ClientFiles> {
  const folder = await secure.certificates.person(kind, name);
  const read = (file: string) => readFileSync(join(folder, file));
  return { ca: read("ca.crt"), cert: read(`${kind}.crt`), key: read(`${kind}.key`) };
}

test("a console is let in by every service, and its cookie goes over TLS only", async () => {
  const { headers } = await gateway.ask("/api/sign-in", { body: { token: tokens.ada } });
  expect(headers["set-cookie"]?.[0]).toMatch(/; Secure/);
  expect(headers["strict-transport-security"]).toBeDefined();
  using page = await gateway.watch(await gateway.signIn(tokens.ada));
  await page.until("sources", () => page.views("sources").length === 5);
  for (const { service, server } of page.views("sources")) {
    await page.untilSource(service, server, true);
  }
});

test("what is done in the page is done under the name of who signed in", async () => {
  const ada = await gateway.signIn(tokens.ada);
  const answer = await gateway.ask(maintenance, { body: { reason: "new disks" } }, ada);
  expect(answer.body.maintenance).toMatchObject({ owner: "ada", reason: "new disks" });
  const { maintenance: told } = await secure.bed.servers.server();
  expect(told).toMatchObject({ owner: "ada" });
});

test("a certificate of a person stands for a token, and that of a reader only looks", async () => {
  const grace = gateway.as(await filesOf("operator", "grace"));
  const { body: session } = await grace.ask("/api/session");
  expect(session.person).toMatchObject({ name: "grace", role: "operator", by: "certificate" });
  const done = await grace.ask(maintenance, { body: { reason: "hers" } });
  expect(done.body.maintenance).toMatchObject({ owner: "grace" });
  const looker = gateway.as(await filesOf("reader", "grafana"));
  const refused = await looker.ask(maintenance, { body: { reason: "his" } });
  expect(refused).toMatchObject({ httpStatus: 403, body: { reason: "READER_ONLY" } });
});

test("who shows no certificate, or one of a service, is nobody", async () => {
  const { body } = await gateway.ask("/api/session");
  expect(body.person).toBeUndefined();
  expect(body.ways).toEqual(["token", "certificate"]);
  const read = (file: string) => readFileSync(join(directory, file));
  const service = { ca: read("ca.crt"), cert: read("console.crt"), key: read("console.key") };
  const { body: told } = await gateway.as(service).ask("/api/session");
  expect(told.person).toBeUndefined();
});

test("a console that names nobody may change nothing", async () => {
  const settings = { directory, refreshMs: 60_000, expiryWarningMs: 0 };
  using tls = await openTls(settings, serviceIdentity("desk-1", "console"));
  const target = tls.targetOf(serviceIdentity("backup-1", "monitor"));
  const monitor = dial(MonitorServiceClient, secure.bed.servers.address("monitor"), target);
  const options = { what: "Cannot clear", deadlineMs: withinMs };
  const method = monitor.clearMaintenance.bind(monitor);
  for (const actor of [undefined, { name: "", reason: "nobody" }]) {
    await expect(call(method, { serverId: "primary-1", actor }, options)).rejects.toMatchObject({
      reason: "ACTOR_NEEDED",
    });
  }
  const actor = { name: "ada", reason: "done" };
  await call(method, { serverId: "primary-1", actor }, options);
  monitor.close();
});

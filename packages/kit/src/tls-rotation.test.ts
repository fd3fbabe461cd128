// Certificates that change while a service runs: new ones are taken over, half of a change is not,
// and whoever is not trusted any more is out.

import { once } from "node:events";
import { copyFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import type { ClientReadableStream } from "@grpc/grpc-js";
import type { WatchChannelsResponse } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Certificates } from "./certificates.fixture.ts";
import { serviceIdentity } from "./identity.ts";
import { openCaller, openSecured } from "./tls.fixture.ts";

const monitor = serviceIdentity("backup-1", "monitor");
const withinMs = { timeout: 15_000 };

let certificates: Certificates;
beforeEach(async () => {
  certificates = await Certificates.open();
});
afterEach(() => certificates[Symbol.dispose]());

/** A service, a caller, and a stream that is open between them. */
async function openPair() {
  const secured = await openSecured(await certificates.server("primary-1"));
  const directory = await certificates.server("backup-1");
  const caller = await openCaller(secured.server.address, { directory, own: monitor });
  return { secured, caller, stream: await openStream(caller) };
}

/** Resolves when the stream has brought something. */
async function openStream({ client }: Awaited<ReturnType<typeof openCaller>>) {
  const call: ClientReadableStream<WatchChannelsResponse> = client.watchChannels({
    protectedBy: "",
    monitorOf: [],
  });
  const stream = { call, ended: "" };
  call.on("error", (error: Error) => (stream.ended = error.message));
  await new Promise((resolve) => call.once("data", resolve));
  return stream;
}

test("new certificates are taken over on both sides, and open streams never notice", async () => {
  const { secured, caller, stream } = await openPair();
  await using service = secured;
  caller.tls.watch(service.log);
  const before = service.tls.material().leaf.fingerprint256;
  const callerBefore = caller.tls.material().leaf.fingerprint256;
  await certificates.renew("primary-1");
  await certificates.renew("backup-1");
  await vi.waitFor(() => {
    expect(service.tls.material().leaf.fingerprint256).not.toBe(before);
    expect(caller.tls.material().leaf.fingerprint256).not.toBe(callerBefore);
  }, withinMs);
  const own = { directory: certificates.directory("backup-1"), own: monitor };
  using later = await openCaller(service.server.address, own);
  expect(await later.list()).toBe("ok");
  const shown = await fingerprintAt(service.server.address);
  expect(shown).toBe(service.tls.material().leaf.fingerprint256);
  expect(await caller.list()).toBe("ok");
  expect(stream.ended).toBe("");
  expect(service.told("New certificates are in use")).not.toBe("");
  stream.call.cancel();
  caller[Symbol.dispose]();
});

test("half of a change is not taken over, is told once, and its other half is", async () => {
  const { secured, caller, stream } = await openPair();
  await using service = secured;
  const before = service.tls.material();
  const current = certificates.directory("primary-1");
  const other = await certificates.server("primary-2");
  const half = join(certificates.folder, "half");
  certificates.copy(current, half);
  certificates.copy(other, join(certificates.folder, "others"));
  copyFileSync(join(other, "channels.key"), join(half, "channels.key"));
  point(current, half);
  const unfit = () => service.told("The certificates in use stay");
  await vi.waitFor(() => expect(unfit()).toContain("does not belong to channels.key"), withinMs);
  expect(service.tls.material()).toBe(before);
  expect(await caller.list()).toBe("ok");
  point(current, join(certificates.folder, "others"));
  await vi.waitFor(() => expect(unfit()).toContain("and must be of"), withinMs);
  expect(unfit().match(/does not belong/g)).toHaveLength(1);
  await certificates.renew("primary-1");
  await vi.waitFor(() => expect(service.tls.material()).not.toBe(before), withinMs);
  expect(await caller.list()).toBe("ok");
  expect(stream.ended).toBe("");
  stream.call.cancel();
  caller[Symbol.dispose]();
});

test("who is taken out of allowed.txt is out at once, open streams included", async () => {
  const { secured, caller, stream } = await openPair();
  await using service = secured;
  const known = "spiffe://hot-backup/server/backup-2/monitor\n";
  writeFileSync(join(certificates.directory("primary-1"), "allowed.txt"), known);
  await vi.waitFor(() => expect(stream.ended).not.toBe(""), withinMs);
  expect(await caller.list()).toMatch(/^IDENTITY_REMOVED /);
  expect(service.told("Denied")).toContain("allowed.txt does not list");
  caller[Symbol.dispose]();
});

test("a client that was cut off comes back with its new certificate", async () => {
  const { secured, caller, stream } = await openPair();
  await using service = secured;
  caller.tls.watch(service.log);
  const before = caller.tls.material().leaf.fingerprint256;
  await certificates.renew("backup-1");
  await vi.waitFor(() => {
    expect(caller.tls.material().leaf.fingerprint256).not.toBe(before);
  }, withinMs);
  const { fingerprint256 } = caller.tls.material().leaf;
  const known = `spiffe://hot-backup/server/backup-1/monitor ${fingerprint256}\n`;
  writeFileSync(join(certificates.directory("primary-1"), "allowed.txt"), known);
  await vi.waitFor(() => expect(stream.ended).not.toBe(""), withinMs);
  expect(await caller.list()).toBe("ok");
  caller[Symbol.dispose]();
});

test("whose authority is taken out of ca.crt is out at once, open streams included", async () => {
  using successors = await Certificates.open();
  const { secured, caller, stream } = await openPair();
  await using service = secured;
  // Both are trusted, until every leaf is of the new one.
  const directory = certificates.directory("primary-1");
  certificates.trust(directory, successors, certificates);
  await vi.waitFor(() => expect(service.tls.material().authorities).toHaveLength(2), withinMs);
  expect(stream.ended).toBe("");
  const next = join(certificates.folder, "next");
  certificates.copy(await successors.server("primary-1"), next);
  point(directory, next);
  await vi.waitFor(() => expect(stream.ended).not.toBe(""), withinMs);
  expect(service.told("Denied")).toContain("its authority was removed");
  expect(await caller.list()).toMatch(/^UNAVAILABLE /);
  caller[Symbol.dispose]();
});

test("a handshake that began before its authority was taken out lets nobody in", async () => {
  using successors = await Certificates.open();
  await using service = await openSecured(await certificates.server("primary-1"));
  const old = certificates.read(await certificates.server("backup-1"), "monitor");
  const port = Number(service.server.address.split(":").at(-1));
  const plain = connectPlain(port, "127.0.0.1");
  plain.on("error", () => {});
  const over = once(plain, "close");
  await once(plain, "connect");
  const next = join(certificates.folder, "next");
  certificates.copy(await successors.server("primary-1"), next);
  point(certificates.directory("primary-1"), next);
  await vi.waitFor(() => expect(service.told("New certificates")).not.toBe(""), withinMs);
  const { certificatePem: cert, keyPem: key } = old;
  const ALPNProtocols = ["h2"];
  const late = connect({ socket: plain, cert, key, ALPNProtocols, rejectUnauthorized: false });
  late.on("error", () => {});
  late.once("data", () => late.destroy(new Error("it was let in")));
  await over;
  expect(late.errored?.message ?? "").not.toBe("it was let in");
});

test("a list that is gone lets nobody in whom it had kept out", async () => {
  const directory = await certificates.server("primary-1");
  const file = join(directory, "allowed.txt");
  writeFileSync(file, "spiffe://hot-backup/server/backup-2/monitor\n");
  await using service = await openSecured(directory);
  rmSync(file);
  const unfit = () => service.told("The certificates in use stay");
  await vi.waitFor(() => expect(unfit()).toContain("allowed.txt is gone"), withinMs);
  const own = { directory: await certificates.server("backup-1"), own: monitor };
  using caller = await openCaller(service.server.address, own);
  expect(await caller.list()).toMatch(/^IDENTITY_REMOVED /);
});

/** Of the certificate that a listener shows to a new connection. */
function fingerprintAt(address: string): Promise<string> {
  const port = Number(address.split(":").at(-1));
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

function point(link: string, to: string): void {
  symlinkSync(to, `${link}.next`);
  renameSync(`${link}.next`, link);
}

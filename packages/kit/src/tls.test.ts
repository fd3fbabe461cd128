// Who gets through TLS, and what both sides are told when somebody does not.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { credentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Certificates } from "./certificates.fixture.ts";
import { dial } from "./grpc-dial.ts";
import { parseIdentity, serviceIdentity } from "./identity.ts";
import { called, openCaller, openSecured, outcomeOf } from "./tls.fixture.ts";

const monitor = serviceIdentity("backup-1", "monitor");
const withinMs = { timeout: 10_000 };

let certificates: Certificates;
let strangers: Certificates;

beforeAll(async () => {
  certificates = await Certificates.open();
  strangers = await Certificates.open();
});
afterAll(() => {
  certificates[Symbol.dispose]();
  strangers[Symbol.dispose]();
});

let entries = 0;

/** Fresh leaves of a server, in a directory that no other test changes. */
async function leavesOf(server: string, authority = certificates): Promise<string> {
  entries += 1;
  const directory = await authority.server(server);
  const copy = join(authority.folder, `copy-${entries}`);
  authority.copy(directory, copy);
  return copy;
}

const service = () => leavesOf("primary-1");

test("a service and its caller that know each other talk", async () => {
  await using secured = await openSecured(await service());
  using caller = await openCaller(secured.server.address, {
    directory: await leavesOf("backup-1"),
    own: monitor,
  });
  expect(await caller.list()).toBe("ok");
  expect(secured.told("Denied")).toBe("");
});

test("a caller whose certificate has expired is told so, and so is the service", async () => {
  await using secured = await openSecured(await service());
  const directory = await leavesOf("backup-1");
  await certificates.expire(directory, "monitor");
  using caller = await openCaller(secured.server.address, { directory, own: monitor });
  const text = "spiffe://hot-backup/server/backup-1/monitor: its certificate was valid until";
  expect(await caller.list()).toContain(text);
  expect(await caller.list()).toMatch(/^CERTIFICATE_EXPIRED Cannot list: Cannot take calls of /);
  expect(secured.told("Denied")).toContain(
    '"claimed":"spiffe://hot-backup/server/backup-1/monitor"',
  );
  expect(secured.reached).toEqual([]);
});

test("a caller of a foreign authority is told so, and so is the service", async () => {
  await using secured = await openSecured(await service());
  const directory = await leavesOf("backup-1", strangers);
  strangers.trust(directory, strangers, certificates);
  using caller = await openCaller(secured.server.address, { directory, own: monitor });
  expect(await caller.list()).toMatch(/^CERTIFICATE_UNTRUSTED .*no authority of ca\.crt vouches/);
  expect(secured.told("Denied")).toContain('"reason":"CERTIFICATE_UNTRUSTED"');
  expect(secured.reached).toEqual([]);
});

test("a caller without a certificate is told so, and so is the service", async () => {
  await using secured = await openSecured(await service());
  const { authoritiesPem } = secured.tls.material();
  const bare = new ChannelServiceClient(
    secured.server.address,
    credentials.createSsl(authoritiesPem, null, null, { checkServerIdentity: () => undefined }),
    { "grpc.ssl_target_name_override": "primary-1" },
  );
  expect(await outcomeOf(bare)).toMatch(/^NO_CERTIFICATE .*it has shown no certificate/);
  expect(secured.told("Denied")).toContain('"reason":"NO_CERTIFICATE"');
  bare.close();
});

test.each([
  ["no identity", "DNS:backup-1"],
  ["two identities", "URI:spiffe://hot-backup/operator/ada,URI:spiffe://hot-backup/operator/eve"],
  ["an identity of another world", "URI:spiffe://example.org/server/backup-1/monitor"],
  [
    "a name that looks like one",
    "@names\n[names]\nDNS.1 = x, URI:spiffe://hot-backup/operator/ada",
  ],
])("a caller with %s is told so, whoever signed it", async (_, subjectAltName) => {
  await using secured = await openSecured(await service());
  const directory = await leavesOf("backup-1");
  await certificates.rename(directory, "monitor", subjectAltName);
  const { authoritiesPem } = secured.tls.material();
  const { certificatePem, keyPem } = certificates.read(directory, "monitor");
  const odd = new ChannelServiceClient(
    secured.server.address,
    credentials.createSsl(authoritiesPem, keyPem, certificatePem, {
      checkServerIdentity: () => undefined,
    }),
    { "grpc.ssl_target_name_override": "primary-1" },
  );
  expect(await outcomeOf(odd)).toMatch(/^NO_IDENTITY .*exactly one URI/);
  expect(secured.told("Denied")).toContain('"reason":"NO_IDENTITY"');
  odd.close();
});

test("a caller without TLS gets nowhere, and the service tells who it was", async () => {
  await using secured = await openSecured(await service());
  const plain = dial(ChannelServiceClient, secured.server.address);
  expect(await outcomeOf(plain)).toMatch(/^UNAVAILABLE /);
  await vi.waitFor(
    () => expect(secured.told("Denied")).toMatch(/HANDSHAKE_FAILED.*127\.0\.0\.1/),
    withinMs,
  );
  plain.close();
});

test("a service whose certificate has expired is refused, and both sides say so", async () => {
  const directory = await service();
  await certificates.expire(directory, "channels");
  await using secured = await openSecured(directory);
  using caller = await openCaller(secured.server.address, {
    directory: await leavesOf("backup-1"),
    own: monitor,
  });
  expect(await caller.list()).toMatch(/^UNAVAILABLE .*certificate has expired/);
  expect(secured.told("A certificate has expired")).toContain('"level":50');
  await vi.waitFor(() => expect(secured.told("Denied")).toContain("HANDSHAKE_FAILED"), withinMs);
});

test("a service of a foreign authority is refused, and both sides say so", async () => {
  await using secured = await openSecured(await leavesOf("primary-1", strangers));
  using caller = await openCaller(secured.server.address, {
    directory: await leavesOf("backup-1"),
    own: monitor,
  });
  expect(await caller.list()).toMatch(/^UNAVAILABLE .*(?:self.signed|unable to)/);
  await vi.waitFor(() => expect(secured.told("Denied")).toContain("HANDSHAKE_FAILED"), withinMs);
});

test.each([
  ["another server", serviceIdentity("primary-2", "channels")],
  ["another service", serviceIdentity("primary-1", "monitor")],
])("%s than the one that was meant is refused, and both sides say so", async (_, expected) => {
  await using secured = await openSecured(await service());
  using caller = await openCaller(secured.server.address, {
    directory: await leavesOf("backup-1"),
    own: monitor,
    expected,
  });
  const said = await caller.list();
  expect(said).toContain("its certificate is of spiffe://hot-backup/server/primary-1/channels");
  expect(said).toContain(`must be of spiffe://hot-backup/server/${expected.server}/`);
  expect(secured.reached).toEqual([]);
  await vi.waitFor(() => expect(secured.told("Denied")).toContain("HANDSHAKE_FAILED"), withinMs);
});

test("a service does not start with the certificate of an operator", async () => {
  const ada = await certificates.person("operator", "ada");
  const directory = await service();
  certificates.swap(directory, { from: join(ada, "operator"), to: "channels" });
  await expect(openSecured(directory)).rejects.toMatchObject({
    reason: "BAD_CERTIFICATES",
    message: expect.stringContaining("is the certificate of spiffe://hot-backup/operator/ada"),
  });
});

test("who is not in allowed.txt is told so, and who is gets in", async () => {
  const directory = await service();
  const only = "spiffe://hot-backup/server/backup-2/monitor\n";
  writeFileSync(join(directory, "allowed.txt"), `# whom we know\n${only}`);
  await using secured = await openSecured(directory);
  const given = { directory: await leavesOf("backup-1"), own: monitor };
  using stranger = await openCaller(secured.server.address, given);
  expect(await stranger.list()).toMatch(/^IDENTITY_REMOVED .*allowed\.txt does not list/);
  expect(secured.told("Denied")).toContain('"reason":"IDENTITY_REMOVED"');
  const own = serviceIdentity("backup-2", "monitor");
  using known = await openCaller(secured.server.address, {
    directory: await leavesOf("backup-2"),
    own,
  });
  expect(await known.list()).toBe("ok");
});

test("an operator is called in the history what the certificate says", async () => {
  await using secured = await openSecured(await service());
  const own = parseIdentity("spiffe://hot-backup/operator/ada");
  expect(own).toBeDefined();
  using ada = await openCaller(secured.server.address, {
    directory: await certificates.person("operator", "ada"),
    own: own ?? called,
  });
  const stop = (actor: { name: string; reason: string } | undefined) =>
    ada.stop({ names: ["orders"], order: undefined, actor });
  expect(await stop({ name: "", reason: "a test" })).toBe("ok");
  expect(await stop({ name: "ada", reason: "a test" })).toBe("ok");
  expect(await stop(undefined)).toBe("ok");
  expect(await stop({ name: "eve", reason: "a test" })).toMatch(
    /^OTHER_ACTOR .*Cannot act as "eve": the certificate is of "ada"/,
  );
  const actors = secured.reached.map(({ request }) => request);
  const named = (reason: string) => expect.objectContaining({ actor: { name: "ada", reason } });
  expect(actors).toEqual([named("a test"), named("a test"), named("")]);
});

test("what a role may not do is denied with a reason, and told with the identity", async () => {
  await using secured = await openSecured(await service());
  const own = parseIdentity("spiffe://hot-backup/reader/grafana");
  using reader = await openCaller(secured.server.address, {
    directory: await certificates.person("reader", "grafana"),
    own: own ?? called,
  });
  for (const _ of [1, 2, 3]) {
    const outcome = await reader.stop({ names: ["*"], order: undefined, actor: undefined });
    expect(outcome).toMatch(/^ROLE_NOT_ALLOWED .*spiffe:\/\/hot-backup\/reader\/grafana may not$/);
  }
  const lines = secured.told("Denied").trim().split("\n");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"identity":"spiffe://hot-backup/reader/grafana"');
  expect(lines[0]).toContain('"method":"/hotbackup.v1.ChannelService/StopChannels"');
  expect(secured.reached).toEqual([]);
});

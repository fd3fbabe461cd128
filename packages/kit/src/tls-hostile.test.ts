// What somebody tries who holds a certificate that is not what it should be, or not any more.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { credentials } from "@grpc/grpc-js";
import { ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Certificates } from "./certificates.fixture.ts";
import { openSecured, outcomeOf } from "./tls.fixture.ts";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await Certificates.open();
});
afterAll(() => certificates[Symbol.dispose]());

let entries = 0;

/** Fresh leaves of a server, in a directory that no other test changes. */
async function leavesOf(server: string): Promise<string> {
  entries += 1;
  const copy = join(certificates.folder, `copy-${entries}`);
  certificates.copy(await certificates.server(server), copy);
  return copy;
}

/** What the service says to whoever calls with a certificate. */
async function outcomeWith(address: string, directory: string, service: string): Promise<string> {
  const { certificatePem, keyPem } = certificates.read(directory, service);
  const authority = readFileSync(join(directory, "ca.crt"));
  const client = new ChannelServiceClient(
    address,
    credentials.createSsl(authority, keyPem, certificatePem, {
      checkServerIdentity: () => undefined,
    }),
    { "grpc.ssl_target_name_override": "primary-1" },
  );
  try {
    return await outcomeOf(client);
  } finally {
    client.close();
  }
}

/** Connects as somebody, and gives the socket once the service has sent something. */
async function connected(address: string, options: ConnectionOptions): Promise<TLSSocket> {
  const port = Number(address.split(":").at(-1));
  const host = "127.0.0.1";
  const ALPNProtocols = ["h2"];
  const socket = connect({ ...options, port, host, ALPNProtocols, rejectUnauthorized: false });
  await once(socket, "data");
  return socket;
}

test("no session is taken up again: it would outlive the certificate that began it", async () => {
  await using secured = await openSecured(await leavesOf("primary-1"));
  const { certificatePem: cert, keyPem: key } = certificates.read(
    await leavesOf("backup-1"),
    "monitor",
  );
  const { address } = secured.server;
  const first = await connected(address, { cert, key });
  const session = first.getSession();
  expect(session).toBeDefined();
  const second = await connected(address, { cert, key, ...(session && { session }) });
  expect(second.isSessionReused()).toBe(false);
  for (const socket of [first, second]) socket.destroy();
});

test("older versions of TLS are not spoken", async () => {
  await using secured = await openSecured(await leavesOf("primary-1"));
  await expect(connected(secured.server.address, { maxVersion: "TLSv1.2" })).rejects.toThrow(
    /protocol version/,
  );
});

test("a certificate that is for listening only calls nobody, and is told so", async () => {
  await using secured = await openSecured(await leavesOf("primary-1"));
  const directory = await leavesOf("backup-1");
  const identity = "URI:spiffe://hot-backup/server/backup-1/monitor";
  await certificates.rename(directory, "monitor", `${identity}\nextendedKeyUsage=serverAuth`);
  expect(await outcomeWith(secured.server.address, directory, "monitor")).toMatch(
    /^CERTIFICATE_UNTRUSTED .*not meant for callers: extendedKeyUsage lacks clientAuth/,
  );
});

test.each([
  ["clientAuth", "serverAuth"],
  ["serverAuth", "clientAuth"],
])("a service does not start with a certificate for %s only", async (usage, lacking) => {
  const directory = await leavesOf("primary-1");
  const identity = "URI:spiffe://hot-backup/server/primary-1/channels";
  await certificates.rename(directory, "channels", `${identity}\nextendedKeyUsage=${usage}`);
  await expect(openSecured(directory)).rejects.toMatchObject({
    reason: "BAD_CERTIFICATES",
    message: expect.stringContaining(`has an extendedKeyUsage without ${lacking}`),
  });
});

test("what the holder of a leaf signs with it is worth nothing", async () => {
  await using secured = await openSecured(await leavesOf("primary-1"));
  const directory = await leavesOf("backup-1");
  await certificates.signWithLeaf(directory, { signer: "notify", forged: "operator" });
  expect(await outcomeWith(secured.server.address, directory, "operator")).toMatch(
    /^CERTIFICATE_UNTRUSTED /,
  );
  expect(secured.reached).toEqual([]);
});

// Who is told what a channel is given in its environment.

import { Certificates } from "@hot-backup/kit/certificates.fixture.ts";
import { dial } from "@hot-backup/kit/grpc-dial.ts";
import { parseIdentity, serviceIdentity } from "@hot-backup/kit/identity.ts";
import { openTls } from "@hot-backup/kit/tls.ts";
import { ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callsOf, startWire } from "./service.fixture.ts";

const own = serviceIdentity("a", "channels");
const monitor = "spiffe://hot-backup/server/b/monitor";
const secret = "do-not-tell";

let certificates: Certificates;
let wired: Awaited<ReturnType<typeof startWire>>;
beforeAll(async () => {
  certificates = await Certificates.open();
  wired = await startWire(await tlsOf(await certificates.server("a"), own));
  using ada = await callAs("spiffe://hot-backup/operator/ada");
  const value = { command: ["sleep", "1000"], environment: { PASSWORD: secret } };
  await ada.deploy({ name: "orders", runtime: { $case: "process", value } });
});
afterAll(async () => {
  await wired.close();
  certificates[Symbol.dispose]();
});

function tlsOf(directory: string, identity: typeof own) {
  return openTls({ directory, refreshMs: 60_000, expiryWarningMs: 0 }, identity);
}

/** Calls the service as somebody. */
async function callAs(uri: string) {
  const identity = parseIdentity(uri);
  if (identity === undefined) throw new Error(`no identity: ${uri}`);
  const directory =
    identity.kind === "service"
      ? await certificates.server(identity.server)
      : await certificates.person(identity.kind, identity.name);
  const tls = await tlsOf(directory, identity as typeof own);
  const client = dial(ChannelServiceClient, wired.address, tls.targetOf(own));
  return { client, ...callsOf(client), [Symbol.dispose]: () => client.close() };
}

test("what keeps a channel from starting is told without a value of its environment", async () => {
  using ada = await callAs("spiffe://hot-backup/operator/ada");
  using eve = await callAs("spiffe://hot-backup/reader/eve");
  const plain = join(wired.folder, "plain");
  writeFileSync(plain, "");
  const environment = { PATH: `/${secret}:${wired.folder}` };
  for (const program of ["absent", "plain"]) {
    const value = { command: [program], environment };
    await ada.deploy({ name: program, runtime: { $case: "process", value } });
  }
  const { checks } = await eve.check({ names: ["absent", "plain"] });
  const told = checks.flatMap(({ problems }) => problems.map(({ reason }) => reason));
  expect(told).toEqual(["COMMAND_NOT_FOUND", "COMMAND_NOT_EXECUTABLE"]);
  expect(JSON.stringify(checks)).not.toContain(secret);
  expect(JSON.stringify(checks)).not.toContain(wired.folder);
});

/** Everything that somebody can be told of channels, as one text. */
async function toldTo(uri: string): Promise<string> {
  using caller = await callAs(uri);
  const stream = caller.client.watchChannels({ protectedBy: "", monitorOf: [] });
  stream.on("error", () => {});
  const snapshot: unknown = await once(stream, "data");
  stream.cancel();
  const told = [await caller.get("orders"), await caller.list({}), snapshot];
  return JSON.stringify(told, (_, value: unknown) => (typeof value === "bigint" ? "" : value));
}

test.each(["spiffe://hot-backup/reader/grafana", monitor])(
  "%s reads which variables a channel has, and none of their values",
  async (uri) => {
    const told = await toldTo(uri);
    expect(told.match(/"PASSWORD":""/g)).toHaveLength(3);
    expect(told).not.toContain(secret);
  },
);

test("an operator, who has deployed it, reads the values too", async () => {
  const told = await toldTo("spiffe://hot-backup/operator/ada");
  expect(told.match(new RegExp(`"PASSWORD":"${secret}"`, "g"))).toHaveLength(3);
});

import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { Certificates } from "@hot-backup/kit/certificates.fixture.ts";
import { afterEach, beforeEach, expect, test } from "vitest";

let certificates: Certificates;
beforeEach(async () => {
  certificates = await Certificates.open();
});
afterEach(() => certificates[Symbol.dispose]());

const leafOf = (directory: string, name: string) =>
  new X509Certificate(readFileSync(join(directory, `${name}.crt`)));

/** What the script said when it failed, and its exit code. */
async function failureOf(...args: readonly string[]): Promise<{ code: number; said: string }> {
  const error: unknown = await certificates.run(...args).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error && "code" in error && "stderr" in error)) {
    throw new Error("the script did not fail", { cause: error });
  }
  return { code: Number(error.code), said: String(error.stderr) };
}

test("a server gets a leaf for each service, with its identity and names for tools", async () => {
  const { folder } = certificates;
  await certificates.run("server", folder, "primary-1", "--host", "10.0.0.2", "--host", "p.lan");
  const directory = certificates.directory("primary-1");
  for (const service of ["heartbeat", "monitor", "channels", "notify"]) {
    const leaf = leafOf(directory, service);
    expect(leaf.subjectAltName).toBe(
      `URI:spiffe://hot-backup/server/primary-1/${service}, DNS:primary-1, DNS:localhost, ` +
        "IP Address:127.0.0.1, IP Address:10.0.0.2, DNS:p.lan",
    );
    expect(leaf.verify(leafOf(directory, "ca").publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(statSync(join(directory, `${service}.key`)).mode & 0o077).toBe(0);
  }
});

test("a person's leaf is of no use to a service", async () => {
  const ada = leafOf(await certificates.person("operator", "ada"), "operator");
  expect(ada.subjectAltName).toBe("URI:spiffe://hot-backup/operator/ada");
  // Client authentication, and nothing else.
  expect(ada.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
});

test("what exists is kept, however often it is asked for", async () => {
  const directory = await certificates.server("primary-1");
  const before = leafOf(directory, "channels").fingerprint256;
  expect(await certificates.run("ca", certificates.folder)).toMatch(/^kept /);
  expect(await certificates.run("server", certificates.folder, "primary-1")).toMatch(/^kept /);
  expect(leafOf(directory, "channels").fingerprint256).toBe(before);
});

test("a renewal makes the same again, beside what was, and moves the link once", async () => {
  const directory = await certificates.server("primary-1", ["heartbeat", "channels"]);
  const [before, version] = [leafOf(directory, "channels"), readlinkSync(directory)];
  await certificates.renew("primary-1");
  const after = leafOf(directory, "channels");
  expect(after.fingerprint256).not.toBe(before.fingerprint256);
  expect(after.subjectAltName).toBe(before.subjectAltName);
  expect(readdirSync(directory).toSorted()).toEqual(
    ["ca.crt", "channels.crt", "channels.key", "heartbeat.crt", "heartbeat.key"].toSorted(),
  );
  expect(readdirSync(join(certificates.folder, "primary-1"))).toContain(version);
});

test("a certificate says until when it is good, and lasts as long as was asked for", async () => {
  const { folder } = certificates;
  await certificates.run("server", folder, "primary-1", "--services", "notify", "--days", "30");
  const leaf = leafOf(certificates.directory("primary-1"), "notify");
  const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / 86_400_000;
  expect(days).toBe(30);
  const shown = await certificates.run("show", folder);
  expect(shown).toContain("identity     spiffe://hot-backup/server/primary-1/notify");
  expect(shown).toContain(leaf.fingerprint256);
});

test.each([
  [[]],
  [["make"]],
  [["server"]],
  [["server", "FOLDER"]],
  [["server", "FOLDER", "../primary"]],
  [["server", "FOLDER", "ca"]],
  [["server", "FOLDER", "operator-ada"]],
  [["server", "FOLDER", "primary-1", "--services", "cron"]],
  [["server", "FOLDER", "primary-1", "--days", "-1"]],
  [["server", "FOLDER", "primary-1", "--days"]],
  [["server", "FOLDER", "primary-1", "--host", "a,URI:spiffe://hot-backup/operator/ada"]],
  [["operator", "FOLDER", "Ada Lovelace"]],
  [["renew", "FOLDER", "../../etc"]],
])("%j is misuse: exit code 2, the usage, and nothing made", async (args) => {
  const before = readdirSync(certificates.folder);
  const { folder } = certificates;
  const { code, said } = await failureOf(...args.map((each) => each.replace("FOLDER", folder)));
  expect(code).toBe(2);
  expect(said).toContain("usage: deploy/certificates COMMAND DIR");
  expect(readdirSync(certificates.folder)).toEqual(before);
});

test("without an authority nothing is made, and the message says how to get one", async () => {
  const nowhere = join(certificates.folder, "nowhere");
  const { code, said } = await failureOf("server", nowhere, "primary-1");
  expect(code).toBe(1);
  expect(said).toContain(`run deploy/certificates ca ${nowhere}`);
});

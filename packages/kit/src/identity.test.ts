import { expect, test } from "vitest";
import { parseIdentity, printIdentity, readIdentity } from "./identity.ts";

test.each([
  "spiffe://hot-backup/server/primary-1/heartbeat",
  "spiffe://hot-backup/server/p/monitor",
  "spiffe://hot-backup/console/backup-1",
  "spiffe://hot-backup/operator/ada.l",
  "spiffe://hot-backup/reader/grafana",
])("%s is an identity, and prints as it was", (text) => {
  const identity = parseIdentity(text);
  expect(identity && printIdentity(identity)).toBe(text);
});

test.each([
  "",
  "spiffe://hot-backup/",
  "spiffe://hot-backup/server/primary-1",
  "spiffe://hot-backup/server/primary-1/",
  "spiffe://hot-backup/server/primary-1/heartbeat/",
  "spiffe://hot-backup/server/primary-1/cron",
  "spiffe://hot-backup/server/primary-1/console",
  "spiffe://hot-backup/console/",
  "spiffe://hot-backup/console/PRIMARY",
  "spiffe://hot-backup/console/primary-1/console",
  "spiffe://hot-backup/server/../monitor",
  "spiffe://hot-backup/server/PRIMARY/monitor",
  "spiffe://hot-backup/operator/",
  "spiffe://hot-backup/operator/ada/eve",
  "spiffe://hot-backup/operator/ada%2Feve",
  "spiffe://hot-backup/operator/ada\n",
  "spiffe://hot-backup/root/ada",
  "spiffe://hot-backup.example.org/operator/ada",
  "spiffe://example.org/hot-backup/operator/ada",
  "SPIFFE://hot-backup/operator/ada",
  "https://hot-backup/operator/ada",
])("%j is nobody", (text) => {
  expect(parseIdentity(text)).toBeUndefined();
});

test("among names of hosts the one URI is the identity", () => {
  const names = "DNS:primary-1, URI:spiffe://hot-backup/operator/ada, IP Address:127.0.0.1";
  expect(readIdentity(names)).toEqual({ kind: "operator", name: "ada" });
});

test.each([
  undefined,
  "DNS:primary-1",
  "URI:spiffe://hot-backup/operator/ada, URI:spiffe://hot-backup/operator/eve",
  "URI:spiffe://hot-backup/operator/ada, URI:https://example.org",
  'DNS:"x, URI:spiffe://hot-backup/operator/ada"',
  'URI:spiffe://hot-backup/operator/ada, DNS:"x,y"',
  "DNS:URI:spiffe://hot-backup/operator/ada",
])("%j names nobody for certain", (names) => {
  expect(readIdentity(names)).toBeUndefined();
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Certificates } from "./certificates.fixture.ts";
import { createExpiryTeller } from "./tls-expiry.ts";
import { openMemoryLog } from "./wire.fixture.ts";

const dayMs = 86_400_000;

let certificates: Certificates;
let leaf: X509Certificate;
beforeAll(async () => {
  certificates = await Certificates.open();
  const directory = await certificates.server("primary-1", ["monitor"]);
  leaf = new X509Certificate(readFileSync(join(directory, "monitor.crt")));
});
afterAll(() => certificates[Symbol.dispose]());

/** What is told when it is looked at on these days before the end. */
function tellOn(days: readonly number[]): string[] {
  const { log, logged } = openMemoryLog();
  const tell = createExpiryTeller(log, { expiryWarningMs: 14 * dayMs });
  const endMs = Date.parse(leaf.validTo);
  for (const each of days) tell({ leaf, authorities: [] }, endMs - each * dayMs);
  return logged.map((line) => (line.includes("expires soon") ? "soon" : "expired"));
}

test("a certificate with time left is not told of", () => {
  expect(tellOn([300, 15, 14.01])).toEqual([]);
});

test("one that ends soon is told of once a day", () => {
  expect(tellOn([14, 13.9, 13.5, 13, 12.5, 12])).toEqual(["soon", "soon", "soon"]);
});

test("one that has ended is told of as an error, at once and then once a day", () => {
  expect(tellOn([0.1, 0, -0.5, -1])).toEqual(["soon", "expired", "expired"]);
});

test("the line names whose it is and until when", () => {
  const { log, logged } = openMemoryLog();
  createExpiryTeller(log, { expiryWarningMs: 14 * dayMs })(
    { leaf, authorities: [] },
    Date.parse(leaf.validTo),
  );
  expect(logged.join("")).toContain("spiffe://hot-backup/server/primary-1/monitor");
  expect(logged.join("")).toContain(leaf.validTo);
});

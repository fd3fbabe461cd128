import { afterAll, beforeAll, expect, test } from "vitest";
import { Certificates } from "./certificates.fixture.ts";
import { serviceIdentity } from "./identity.ts";
import { type Material, readMaterial } from "./tls-material.ts";
import { readNews } from "./tls-news.ts";
import { parseAllowed } from "./tls-trust.ts";

let certificates: Certificates;
let inUse: Material;
beforeAll(async () => {
  certificates = await Certificates.open();
  const own = serviceIdentity("primary-1", "monitor");
  inUse = await readMaterial(await certificates.server("primary-1"), own);
});
afterAll(() => certificates[Symbol.dispose]());

/** The same files with another allowed.txt. */
const listing = (text: string): Material => ({
  ...inUse,
  allowed: parseAllowed(text),
  digest: `with ${text}`,
});
const ada = "spiffe://hot-backup/operator/ada";

/** What one look brings, where each reading finds what comes next. */
function look(found: readonly Material[], before = inUse): Promise<Material | undefined> {
  const left = [...found];
  return readNews({
    read: async () => left.shift() ?? inUse,
    inUse: before,
    wait: async () => {},
  });
}

test("what is as it was is no news", async () => {
  expect(await look([inUse])).toBeUndefined();
});

test("what has changed, and stays so, is taken over", async () => {
  const news = listing(ada);
  expect(await look([news, news])).toBe(news);
});

test("a list that is half for a moment, while it is written, cuts nobody off", async () => {
  expect(await look([listing(""), listing(ada)])).toBeUndefined();
});

test("a list that is away for a moment, while it is replaced, lets nobody in", async () => {
  expect(await look([inUse, listing(ada)], listing(ada))).toBeUndefined();
});

test("a list that is gone for good is a mistake, or a reason for a restart", async () => {
  await expect(look([inUse, inUse], listing(ada))).rejects.toThrow("allowed.txt is gone");
});

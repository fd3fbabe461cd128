import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Claim, Fenced, openExchange } from "./exchange.ts";

const folders: string[] = [];
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true });
});

function folderWith(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "exchange-"));
  folders.push(folder);
  mkdirSync(join(folder, "inbox"));
  for (const name of names) writeFileSync(join(folder, "inbox", name), `<${name}/>`);
  return folder;
}

function claimed(claim: Claim | undefined): Claim {
  if (claim === undefined) throw new Error("nothing was claimed");
  return claim;
}

test("a result appears in the outbox under the name of its input, and the claim goes", () => {
  const folder = folderWith("a.xml");
  const exchange = openExchange(folder, 1n);
  exchange.deliver(claimed(exchange.claim("a.xml")), "outbox", { total: 1 });
  expect(readdirSync(join(folder, "outbox"))).toEqual(["a.json"]);
  expect(exchange.waiting()).toEqual([]);
});

test("a file that is still being written is left alone", () => {
  expect(openExchange(folderWith(".a.xml", "b.xml.part"), 1n).waiting()).toEqual([]);
});

test("a later term takes over what a dead one has claimed", () => {
  const folder = folderWith("a.xml", "b.xml");
  openExchange(folder, 1n).claim("a.xml");
  const later = openExchange(folder, 2n);
  expect(later.waiting()).toEqual(["a.xml", "b.xml"]);
  expect(later.claim("a.xml")).toMatchObject({ isSound: true, text: "<a.xml/>" });
});

test("a takeover that was cut short in the middle is finished by the next term", () => {
  const folder = folderWith("a.xml", "b.xml");
  const first = openExchange(folder, 1n);
  first.claim("a.xml");
  first.claim("b.xml");
  mkdirSync(join(folder, "claims", "2", "taken-1"), { recursive: true });
  for (const name of ["a.xml", "b.xml"]) {
    rmSync(join(folder, "claims", "1", name));
    writeFileSync(join(folder, "claims", "2", "taken-1", name), "");
  }
  expect(openExchange(folder, 3n).waiting()).toEqual(["a.xml", "b.xml"]);
});

test("a runner that comes back under the same term goes on with its own claims", () => {
  const folder = folderWith("a.xml");
  openExchange(folder, 1n).claim("a.xml");
  expect(openExchange(folder, 1n).waiting()).toEqual(["a.xml"]);
});

test("a file that was delivered before a crash is not delivered again", () => {
  const folder = folderWith("a.xml");
  const first = openExchange(folder, 1n);
  const inHand = claimed(first.claim("a.xml"));
  first.deliver(inHand, "outbox", {});
  // As a kill between the two steps of a delivery leaves it.
  writeFileSync(join(folder, "claims", "1", "a.xml"), "<a.xml/>");
  const again = openExchange(folder, 1n);
  expect(again.claim("a.xml")).toBeUndefined();
  expect(again.waiting()).toEqual([]);
});

test("an older term that wakes up with a file in hand delivers nothing", () => {
  const folder = folderWith("a.xml");
  const older = openExchange(folder, 1n);
  const inHand = claimed(older.claim("a.xml"));
  openExchange(folder, 2n);
  expect(() => older.deliver(inHand, "outbox", {})).toThrow(Fenced);
  expect(existsSync(join(folder, "outbox", "a.json"))).toBe(false);
});

test("an older term that wakes up idle claims nothing", () => {
  const folder = folderWith("a.xml");
  const older = openExchange(folder, 1n);
  openExchange(folder, 2n);
  expect(() => older.claim("a.xml")).toThrow(Fenced);
  expect(() => older.waiting()).toThrow(Fenced);
  expect(readdirSync(join(folder, "inbox"))).toEqual(["a.xml"]);
});

test("an older term cannot begin after a later one, even when that one has stopped", () => {
  const folder = folderWith();
  openExchange(folder, 2n);
  expect(() => openExchange(folder, 1n)).toThrow(Fenced);
  expect(() => openExchange(folder, 1n)).toThrow(/the later term 2 is here\. .* remove .*claims$/);
});

test("another input under a name used before is rejected, and both are kept", () => {
  const folder = folderWith("a.xml");
  const exchange = openExchange(folder, 1n);
  exchange.deliver(claimed(exchange.claim("a.xml")), "outbox", { total: 1 });
  writeFileSync(join(folder, "inbox", "a.xml"), "<another/>");
  const again = claimed(exchange.claim("a.xml"));
  expect(again).toMatchObject({ isSound: false, reason: "its name was used before" });
  exchange.deliver(again, "rejected", { reasons: ["its name was used before"] });
  expect(readFileSync(join(folder, "outbox", "a.json"), "utf8")).toContain('"total": 1');
  expect(readFileSync(join(folder, "rejected", "a.xml"), "utf8")).toBe("<another/>");
});

test("the same file fed twice is done once", () => {
  const folder = folderWith("a.xml");
  const exchange = openExchange(folder, 1n);
  exchange.deliver(claimed(exchange.claim("a.xml")), "outbox", {});
  writeFileSync(join(folder, "inbox", "a.xml"), "<a.xml/>");
  expect(exchange.claim("a.xml")).toBeUndefined();
  expect(exchange.waiting()).toEqual([]);
});

test("a rejected input that was mended is worked on, and rejections take no other's place", () => {
  const folder = folderWith("a.xml");
  const exchange = openExchange(folder, 1n);
  exchange.deliver(claimed(exchange.claim("a.xml")), "rejected", { reasons: ["first"] });
  writeFileSync(join(folder, "inbox", "a.xml"), "<mended/>");
  const mended = claimed(exchange.claim("a.xml"));
  expect(mended).toMatchObject({ isSound: true, text: "<mended/>" });
  exchange.deliver(mended, "rejected", { reasons: ["second"] });
  const texts = readdirSync(join(folder, "rejected")).map((name) => {
    return readFileSync(join(folder, "rejected", name), "utf8");
  });
  expect(texts).toHaveLength(4);
  for (const each of ["first", "second", "<a.xml/>", "<mended/>"]) {
    expect(texts.some((text) => text.includes(each))).toBe(true);
  }
});

test("a rejection that was cut short is finished, not judged again", () => {
  const folder = folderWith("a.xml");
  const exchange = openExchange(folder, 1n);
  exchange.deliver(claimed(exchange.claim("a.xml")), "rejected", { reasons: ["bad"] });
  renameSync(join(folder, "rejected", "a.xml"), join(folder, "claims", "1", "a.xml"));
  const again = openExchange(folder, 2n);
  expect(again.claim("a.xml")).toBeUndefined();
  expect(readdirSync(join(folder, "rejected"))).toEqual(["a.json", "a.xml"]);
  expect(again.waiting()).toEqual([]);
});

test("an input larger than a channel can hold is no sound one, and is not read", () => {
  const folder = folderWith("a.xml");
  truncateSync(join(folder, "inbox", "a.xml"), 2 ** 40);
  const claim = openExchange(folder, 1n).claim("a.xml");
  expect(claim).toMatchObject({ isSound: false, reason: expect.stringMatching(/^larger than/) });
});

test("what is no plain file, or has too long a name, is left alone", () => {
  const folder = folderWith(`${"a".repeat(251)}.xml`);
  mkdirSync(join(folder, "inbox", "folder.xml"));
  expect(openExchange(folder, 1n).waiting()).toEqual([]);
});

test("whatever else lies among the claims keeps no runner from starting", () => {
  const folder = folderWith("a.xml");
  mkdirSync(join(folder, "claims", "backup of claims"), { recursive: true });
  for (const name of ["README", "7", "-1", "0x10"]) {
    writeFileSync(join(folder, "claims", name), "");
  }
  const { term } = openExchange(folder, undefined);
  expect(term).toBe(0n);
});

test("a start that is fenced leaves no folder behind, but the claims of an earlier life", () => {
  const folder = folderWith("a.xml");
  openExchange(folder, 2n);
  expect(() => openExchange(folder, 1n)).toThrow(Fenced);
  expect(readdirSync(join(folder, "claims"))).toEqual(["2"]);
  mkdirSync(join(folder, "claims", "1"));
  writeFileSync(join(folder, "claims", "1", "b.xml"), "");
  expect(() => openExchange(folder, 1n)).toThrow(Fenced);
  expect(readdirSync(join(folder, "claims", "1"))).toEqual(["b.xml"]);
});

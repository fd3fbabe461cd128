import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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
  expect(claimed(later.claim("a.xml")).text).toBe("<a.xml/>");
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
  openExchange(folder, 1n).claim("a.xml");
  writeFileSync(join(folder, "outbox", "a.json"), "first");
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
});

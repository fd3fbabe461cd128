import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRoomCheck, lookAtRoom } from "./room.ts";

let folder: string;
let given: { store: string; logsFolder: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-room-"));
  given = { store: join(folder, "channels.db"), logsFolder: join(folder, "logs") };
  writeFileSync(given.store, "");
});
afterEach(() => rmSync(folder, { recursive: true }));

const reasons = async () => (await lookAtRoom(given)).map(({ reason }) => reason);

test("a store that can be written has room, before its first log and after", async () => {
  expect(await reasons()).toEqual([]);
  mkdirSync(given.logsFolder);
  expect(await reasons()).toEqual([]);
});

test("a store that is gone is told", async () => {
  rmSync(given.store);
  expect(await reasons()).toEqual(["STORE_NOT_WRITABLE"]);
});

test("a folder in which no log can begin is told", async () => {
  given = { ...given, logsFolder: join(folder, "unmounted", "logs") };
  expect(await reasons()).toEqual(["LOGS_NOT_WRITABLE"]);
});

test("a disk that hangs is told in time, and looked at by one look until it answers", async () => {
  let looks = 0;
  const answers: (() => void)[] = [];
  const look = () => {
    looks += 1;
    return new Promise<[]>((resolve) => answers.push(() => resolve([])));
  };
  const check = createRoomCheck(look, 1);
  const found = async () => (await check()).map(({ reason }) => reason);
  expect(await Promise.all([found(), found()])).toEqual([
    ["CHECK_UNFINISHED"],
    ["CHECK_UNFINISHED"],
  ]);
  expect(await found()).toEqual(["CHECK_UNFINISHED"]);
  expect(looks).toBe(1);
  const late = check();
  answers[0]?.();
  expect(await late).toEqual([]);
  void check();
  expect(looks).toBe(2);
});

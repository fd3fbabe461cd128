// What counts as gone when looking itself fails.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { openLog } from "@hot-backup/kit/log.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { killUntilGone } from "./clearing.ts";

const log = openLog("test", { server: "test", level: "fatal" });

function marked(mark: string): ChildProcess {
  const env = { ...process.env, HOT_BACKUP_TEST: mark };
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore", env });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Takes every file that this process may open. Returns how to give them back. */
function exhaustFiles(): () => void {
  const files: number[] = [];
  try {
    for (;;) files.push(openSync("/dev/null", "r"));
  } catch {
    return () => files.forEach((file) => closeSync(file));
  }
}

// For the life of this process, which ends with this file.
function limitFiles(filesMax: number): void {
  execFileSync("prlimit", [`--pid=${process.pid}`, `--nofile=${filesMax}:`]);
}

test("processes that cannot be looked for are not gone", async () => {
  const child = marked("files");
  limitFiles(256);
  const errors = vi.spyOn(log, "error");
  const giveBack = exhaustFiles();
  let isOver = false;
  const kin = { processGroup: undefined, marks: ["HOT_BACKUP_TEST=files"] };
  const clearing = killUntilGone({ kin, log, of: "test" }).finally(() => (isOver = true));
  await expect.poll(() => errors.mock.calls.length, { timeout: 10_000 }).toBe(1);
  expect(child.signalCode).toBeNull();
  expect(isOver).toBe(false);
  giveBack();
  expect(await clearing).toBe(1);
});

test("processes that have gone between two looks are gone", async () => {
  const kin = { processGroup: undefined, marks: ["HOT_BACKUP_TEST=nobody"] };
  expect(await killUntilGone({ kin, log, of: "test" })).toBe(0);
});

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { armFailpoints } from "./failpoint.ts";

test("a place that nobody armed is passed, whatever else is armed", () => {
  expect(pass(undefined)).toEqual({ passings: 3, signal: null });
  expect(pass("")).toEqual({ passings: 3, signal: null });
  expect(pass("notify.smtp_answered")).toEqual({ passings: 3, signal: null });
});

test("an armed place kills the process before it gets any further", () => {
  expect(pass("monitor.target_dirty")).toEqual({ passings: 0, signal: "SIGKILL" });
});

test("an armed place kills at the passing that was asked for", () => {
  expect(pass("monitor.target_dirty@3")).toEqual({ passings: 2, signal: "SIGKILL" });
});

test("a name that is no failpoint is refused, and told", () => {
  for (const text of ["monitor.target", "monitor.target_dirty@0", "monitor.target_dirty,"]) {
    const arm = () => armFailpoints({ HOT_BACKUP_FAILPOINTS: text });
    expect(arm, text).toThrow("is no failpoint");
  }
});

function pass(armed: string | undefined): { passings: number; signal: string | null } {
  const { stdout, signal } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "failpoint.fixture.ts")],
    { env: armed === undefined ? {} : { HOT_BACKUP_FAILPOINTS: armed }, encoding: "utf8" },
  );
  return { passings: stdout.split("\n").length - 1, signal };
}

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runCommand } from "./command.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "monitor-command-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;

function shell(script: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  return runCommand(
    {
      command: ["sh", "-c", script],
      environment: { HOT_BACKUP_TERM: "7" },
      timeoutMs: options.timeoutMs ?? 20_000,
    },
    options.signal ?? never,
  );
}

function isAlive(pid: number): boolean {
  try {
    // An ended process whose parent has not read its end yet does nothing any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A script that starts a grandchild, writes its pid to a file, and waits for it. */
function forking(file: string): string {
  return `sleep 1000 & echo $! > ${file}.new; mv ${file}.new ${file}; wait`;
}

test("exit code 0 is success", async () => {
  expect(await shell("exit 0")).toBe("");
});

test("any other exit code is failure, told with the last line of stderr", async () => {
  expect(await shell("echo first >&2; echo no power >&2; exit 3")).toBe(
    'Cannot run "sh": it exited with code 3: no power',
  );
});

test("a program that is killed has failed", async () => {
  expect(await shell("kill -TERM $$")).toBe('Cannot run "sh": SIGTERM ended it');
});

test("a program that does not exist has failed", async () => {
  const request = { command: ["/nonexistent/fence"], environment: {}, timeoutMs: 1000 };
  expect(await runCommand(request, never)).toBe(
    'Cannot run "/nonexistent/fence": spawn /nonexistent/fence ENOENT',
  );
});

test("no shell reads the arguments", async () => {
  const request = {
    command: ["sh", "-c", "test \"$1\" = '$(touch x); *'", "sh", "$(touch x); *"],
    environment: {},
    timeoutMs: 20_000,
  };
  expect(await runCommand(request, never)).toBe("");
});

test("a program sees a minimal environment and what it is given", async () => {
  vi.stubEnv("SECRET_OF_THE_MONITOR", "x");
  const file = join(folder, "environment");
  expect(await shell(`env > ${file}`)).toBe("");
  vi.unstubAllEnvs();
  const names = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split("=")[0]);
  expect(names).toContain("HOT_BACKUP_TERM");
  expect(names).toContain("PATH");
  expect(names).not.toContain("SECRET_OF_THE_MONITOR");
});

test("at the timeout the whole process group is killed", async () => {
  const file = join(folder, "timeout.pid");
  expect(await shell(forking(file), { timeoutMs: 1000 })).toBe(
    'Cannot run "sh": it took longer than 1000 ms',
  );
  const pid = Number(readFileSync(file, "utf8"));
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

test("when it is cancelled the whole process group is killed", async () => {
  const file = join(folder, "cancel.pid");
  const cancel = new AbortController();
  const outcome = shell(forking(file), { signal: cancel.signal });
  await expect.poll(() => existsSync(file), { timeout: 10_000 }).toBe(true);
  cancel.abort();
  expect(await outcome).toBe('Cannot run "sh": it was cancelled');
  const pid = Number(readFileSync(file, "utf8"));
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

test("what is cancelled before it begins is not run", async () => {
  const file = join(folder, "unborn");
  await shell(`touch ${file}`, { signal: AbortSignal.abort() });
  expect(existsSync(file)).toBe(false);
});

test("a program that leaves a child with its stderr behind is done when it exits", async () => {
  const file = join(folder, "left.pid");
  expect(await shell(`sleep 1000 & echo $! > ${file}; exit 0`)).toBe("");
  const pid = Number(readFileSync(file, "utf8"));
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
});

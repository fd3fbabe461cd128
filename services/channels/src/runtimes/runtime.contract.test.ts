import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "@hot-backup/kit/log.ts";
import { expect, test } from "vitest";
import { openSystemClock } from "@hot-backup/kit/clock.ts";
import { definitionOf } from "../core/state.fixture.ts";
import { marksOf } from "./environment.ts";
import { openProcessRuntime } from "./process.ts";
import { launchWatched, testRuntime, until, type Workload } from "./runtime.fixture.ts";

const storeId = randomUUID();
const dataFolder = mkdtempSync(join(tmpdir(), "hot-backup-runtime-"));
const clock = openSystemClock();
const log = openLog("test", { server: "test", level: "fatal" });
const open = () => openProcessRuntime({ serverId: "a", storeId, dataFolder, clock, log });

const scripts: Record<Workload, string> = {
  runs_until_asked: "exec sleep 1000",
  ignores_the_stop_signal: "trap '' TERM; echo armed; exec sleep 1000",
  has_grandchildren: "(sh -c 'sleep 1000; :'); :",
  has_a_child_that_left_the_group: "setsid sh -c \"trap '' TERM; sleep 1000; :\" & wait",
  has_a_child_that_stops_slowly:
    "sh -c \"trap 'sleep 0.3; echo saved; exit' TERM; echo armed; " +
    'while :; do sleep 0.05; done" & wait',
  ends_with_code_3: "exit 3",
  prints_term_and_secret: 'echo "term=$HOT_BACKUP_TERM secret=$SERVICE_SECRET"',
  does_not_exist: "",
};

const sizes: Partial<Record<Workload, number>> = {
  has_grandchildren: 3,
  has_a_child_that_left_the_group: 3,
};

function define(workload: Workload) {
  const command = workload === "does_not_exist" ? ["/nowhere"] : ["sh", "-c", scripts[workload]];
  const runtime = {
    kind: "process",
    command,
    environment: {},
    workingDirectory: "",
    user: "",
  } as const;
  return definitionOf("work", { runtime });
}

function marked(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isMarked(pid));
}

function isMarked(pid: number): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    return marksOf(storeId).every((mark) => environment.includes(mark));
  } catch {
    return false;
  }
}

testRuntime("process", {
  open,
  definitionOf: define,
  countLeft: async () => marked().length,
  sizeOf: (workload) => sizes[workload] ?? 1,
});

test("a channel whose guard was lost is killed at once", async () => {
  const runtime = await open();
  const { running, gone } = launchWatched(runtime, define("ignores_the_stop_signal"));
  const pid = await running;
  // The guard that was told this process group is one of our children.
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  const guards = children
    .trim()
    .split(" ")
    .map(Number)
    .filter((each) => each !== pid);
  for (const guard of guards) if (isGuard(guard)) process.kill(guard, "SIGKILL");
  expect(await gone).toBe("its guard was lost");
  await until(() => marked().length === 0);
  await runtime.close();
});

function isGuard(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("hot-backup-guard");
}

test("a program starts within a few milliseconds, guard included", async () => {
  const runtime = await open();
  const tookMs: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const startMs = performance.now();
    const { run, running, gone } = launchWatched(runtime, define("runs_until_asked"));
    await running;
    tookMs.push(performance.now() - startMs);
    run.stop(0);
    await gone;
  }
  // Typically 6 ms. The fastest counts: a machine that is busy with other tests slows single
  // rounds.
  expect(Math.min(...tookMs)).toBeLessThan(50);
  await runtime.close();
});

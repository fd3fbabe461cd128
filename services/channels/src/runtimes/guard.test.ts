// The guard's reading of its pipe, which neither the order nor the speed of writing may confuse.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openSystemClock } from "@hot-backup/kit/clock.ts";
import { expect, onTestFinished, test } from "vitest";
import { openGuards } from "./guard.ts";

const clock = openSystemClock();
const script = readFileSync(fileURLToPath(new URL("guard.sh", import.meta.url)), "utf8");

/** Longer than any test takes: ten minutes from the boot of the kernel on would be in the past. */
const farMs = 9_000_000_000_000;

/** A guard over the process group of a program that does nothing. */
async function placeGuard(): Promise<{ guard: ChildProcess; program: ChildProcess }> {
  const program = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  const guard = spawn("bash", ["-c", script, "hot-backup-guard"], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  onTestFinished(() => {
    program.kill("SIGKILL");
    guard.kill("SIGKILL");
  });
  guard.stdin?.write(`${program.pid} store channel run ${farMs}\n`);
  if (guard.stdout !== null) await once(guard.stdout, "data");
  return { guard, program };
}

/** A process in a session of its own that carries the marks of a run. */
function leaveGroup(runId: string): ChildProcess {
  const env = {
    ...process.env,
    HOT_BACKUP_STORE: "store",
    HOT_BACKUP_CHANNEL: "channel",
    HOT_BACKUP_RUN: runId,
  };
  const straggler = spawn("sleep", ["600"], { detached: true, stdio: "ignore", env });
  onTestFinished(() => void straggler.kill("SIGKILL"));
  return straggler;
}

/** The guards among the children of this process. */
function guardPids(): number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  const pids = children.trim().split(" ").map(Number);
  return pids.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("-guard"));
}

/** Takes a search a while to read. */
const largeEnvironment = Object.fromEntries(
  Array.from({ length: 150 }, (_, index) => [`VARIABLE_${index}`, "x".repeat(30)]),
);

/** How often the guard has gone to sleep: it does so at every look. */
function looks(guard: ChildProcess): number {
  const status = readFileSync(`/proc/${guard.pid}/status`, "utf8");
  return Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1]);
}

async function lookAgain(guard: ChildProcess): Promise<void> {
  const before = looks(guard);
  await expect.poll(() => looks(guard), { timeout: 10_000 }).toBeGreaterThan(before + 3);
}

test("an instant that arrives in two parts is one instant", async () => {
  const { guard, program } = await placeGuard();
  const line = `${farMs}\n`;
  guard.stdin?.write(line.slice(0, 6));
  await lookAgain(guard);
  guard.stdin?.write(line.slice(6));
  await lookAgain(guard);
  expect(guard.exitCode).toBeNull();
  expect(program.signalCode).toBeNull();
});

test("what left the group is gone by the instant, however many processes there are", async () => {
  const crowd = spawn("sh", ["-c", "for i in $(seq 300); do sleep 600 & done; echo; wait"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...largeEnvironment },
  });
  onTestFinished(() => void process.kill(-(crowd.pid ?? 0), "SIGKILL"));
  if (crowd.stdout !== null) await once(crowd.stdout, "data");
  const lateMs: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { guard } = await placeGuard();
    const straggler = leaveGroup("run");
    const ended = once(straggler, "exit");
    const killAtMs = clock.bootMs() + 800;
    guard.stdin?.write(`${killAtMs}\n`);
    await ended;
    lateMs.push(clock.bootMs() - killAtMs);
  }
  // A search that began at the instant would take more than a hundred milliseconds. The fastest
  // counts: other tests may slow single rounds.
  expect(Math.min(...lateMs)).toBeLessThanOrEqual(20);
  expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(-20);
});

test("an instant that has passed kills the group", async () => {
  const { guard, program } = await placeGuard();
  const ended = once(program, "exit");
  guard.stdin?.write("1\n");
  await ended;
  expect(program.signalCode).toBe("SIGKILL");
});

test("a starved guard reads the newer instants in its pipe before it kills", async () => {
  const { guard, program } = await placeGuard();
  guard.kill("SIGSTOP");
  guard.stdin?.write(`1\n${farMs}\n`);
  guard.kill("SIGCONT");
  await lookAgain(guard);
  expect(program.signalCode).toBeNull();
});

test("a guard answers every line that it reads", async () => {
  const { guard } = await placeGuard();
  guard.stdin?.write(`${farMs}\n${farMs}\n`);
  let answers = "";
  guard.stdout?.on("data", (bytes: Buffer) => (answers += bytes.toString()));
  await expect.poll(() => answers, { timeout: 10_000 }).toBe("..");
});

test("a pipe that closes kills the group, however far the instant is", async () => {
  const { guard, program } = await placeGuard();
  const ended = once(program, "exit");
  guard.stdin?.destroy();
  await ended;
  expect(program.signalCode).toBe("SIGKILL");
});

test("a guard that is done leaves the group alone", async () => {
  const { guard, program } = await placeGuard();
  const ended = once(guard, "exit");
  guard.stdin?.end("done\n");
  await ended;
  expect(program.signalCode).toBeNull();
});

test("what left the group is killed too, but nothing of another run", async () => {
  const { guard } = await placeGuard();
  const own = leaveGroup("run");
  const other = leaveGroup("later-run");
  const ended = once(own, "exit");
  guard.stdin?.destroy();
  await ended;
  await once(guard, "exit");
  expect(other.signalCode).toBeNull();
});

test.for(["SIGKILL", "SIGSTOP"] as const)(
  "a spare guard that is lost by %s is passed over, and never acts",
  async (signal) => {
    const guards = await openGuards();
    onTestFinished(() => guards.close());
    const program = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void program.kill("SIGKILL"));
    await expect.poll(() => guardPids().length, { timeout: 10_000 }).toBe(3);
    const spares = guardPids();
    for (const pid of spares) process.kill(pid, signal);
    const guarded = {
      processGroup: program.pid ?? 0,
      storeId: "store",
      channel: "channel",
      runId: "run",
      killAtMs: undefined,
    };
    const startMs = performance.now();
    const lost: string[] = [];
    const guard = await guards.place(guarded, () => lost.push("lost"));
    // Far below the ten seconds that a guard may take which is not known to be lost.
    expect(performance.now() - startMs).toBeLessThan(5_000);
    for (const pid of spares) if (guardPids().includes(pid)) process.kill(pid, "SIGCONT");
    await guard.dismiss();
    expect(lost).toEqual([]);
    expect(program.signalCode).toBeNull();
  },
);

test("a guard that is frozen on duty is lost after dozens of instants", async () => {
  const guards = await openGuards();
  onTestFinished(() => guards.close());
  const program = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  onTestFinished(() => void program.kill("SIGKILL"));
  const lost = Promise.withResolvers<void>();
  const guarded = { storeId: "store", channel: "channel", runId: "run", killAtMs: farMs };
  const placed = { ...guarded, processGroup: program.pid ?? 0 };
  const guard = await guards.place(placed, lost.resolve);
  for (const pid of guardPids()) process.kill(pid, "SIGSTOP");
  for (let count = 0; count < 50; count += 1) guard.setKillAt(farMs + count);
  await expect(lost.promise).resolves.toBeUndefined();
  for (const pid of guardPids()) process.kill(pid, "SIGCONT");
});

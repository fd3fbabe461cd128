// The guard's reading of its pipe, which neither the order nor the speed of writing may confuse.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

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
  guard.stdin?.write(`${program.pid} store channel ${farMs}\n`);
  if (guard.stdout !== null) await once(guard.stdout, "data");
  return { guard, program };
}

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

import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { isRunning, readEnvironment, sendSignal, withDescendants } from "./processes.ts";
import { waitFor } from "./wait.ts";

test("a family is a process and everything that descends from it", async () => {
  const parent = spawn("sh", ["-c", "sleep 60 & wait"], {
    env: { PATH: "/usr/bin:/bin", MARK: "x" },
  });
  const { pid = 0 } = parent;
  const ended = new Promise((resolve) => parent.once("exit", resolve));
  const family = await waitFor(
    "the grandchild",
    () => {
      const found = withDescendants([pid]);
      return found.size === 2 && found;
    },
    { withinMs: 5000 },
  );
  expect([...family].map((each) => readEnvironment(each).get("MARK"))).toEqual(["x", "x"]);
  for (const each of family) sendSignal(each, "SIGKILL");
  await ended;
  await waitFor("both to be gone", () => ![...family].some(isRunning), { withinMs: 5000 });
  expect(sendSignal(pid, "SIGKILL")).toBe(false);
});

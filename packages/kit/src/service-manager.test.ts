import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const service = join(import.meta.dirname, "service.fixture.ts");
const waiting = { timeout: 20_000, interval: 20 };

let folder: string;
let heard: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-service-manager-"));
  heard = join(folder, "heard");
  writeFileSync(heard, "");
  writeFileSync(
    join(folder, "instance.yaml"),
    "server: primary-1\ngroup: two-servers\nends: when stopped\n",
  );
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const words = () => readFileSync(heard, "utf8").split("\n").slice(0, -1);

/** What stands in for systemd's own program: it writes down what it is told. */
function installNotify(script: string): void {
  const file = join(folder, "systemd-notify");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

function startService(environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [service, "--config", join(folder, "instance.yaml")], {
    env: {
      ...process.env,
      PATH: [folder, process.env["PATH"]].join(delimiter),
      HEARD: heard,
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  return {
    said: () => said,
    stop: () => child.kill("SIGTERM"),
    exited: new Promise((resolve) => {
      child.once("close", resolve);
    }),
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}

test("systemd is told when the service serves, and when it begins to stop", async () => {
  installNotify('echo "$1" >>"$HEARD"');
  using started = startService({ NOTIFY_SOCKET: "/run/nowhere" });
  await vi.waitFor(() => expect(words()).toEqual(["READY=1"]), waiting);
  started.stop();
  expect(await started.exited).toBe(0);
  await vi.waitFor(() => expect(words()).toEqual(["READY=1", "STOPPING=1"]), waiting);
});

test("the watchdog is fed again and again, by one process at a time", async () => {
  // Two that run at once find the folder of the other.
  installNotify(
    `[ "$1" = WATCHDOG=1 ] || exit 0
mkdir "$HEARD.busy" || echo overlap >>"$HEARD"
sleep 0.1
echo "$1" >>"$HEARD"
rmdir "$HEARD.busy"`,
  );
  using started = startService({ NOTIFY_SOCKET: "/run/nowhere", WATCHDOG_USEC: "90000" });
  await vi.waitFor(() => expect(words().length).toBeGreaterThan(3), waiting);
  started.stop();
  expect(await started.exited).toBe(0);
  expect(new Set(words())).toEqual(new Set(["WATCHDOG=1"]));
});

test.each([
  ["nobody asks for it", { NOTIFY_SOCKET: undefined, WATCHDOG_USEC: "90000" }, []],
  [
    "it is another process that is watched",
    { NOTIFY_SOCKET: "/run/nowhere", WATCHDOG_USEC: "90000", WATCHDOG_PID: "1" },
    ["READY=1", "STOPPING=1"],
  ],
])("no watchdog is fed where %s", async (_, environment, expected) => {
  installNotify('echo "$1" >>"$HEARD"');
  using started = startService(environment);
  await vi.waitUntil(() => started.said().includes("Started"), waiting);
  await vi.waitUntil(() => words().length >= Math.min(expected.length, 1), waiting);
  started.stop();
  expect(await started.exited).toBe(0);
  await vi.waitFor(() => expect(words()).toEqual(expected), waiting);
});

test("a service that cannot tell says why, once, and goes on", async () => {
  installNotify("exit 1");
  using started = startService({ NOTIFY_SOCKET: "/run/nowhere", WATCHDOG_USEC: "90000" });
  const complaints = () => started.said().split("Cannot tell the service manager").length - 1;
  await vi.waitUntil(() => complaints() === 1, waiting);
  started.stop();
  expect(await started.exited).toBe(0);
  expect(complaints()).toBe(1);
});

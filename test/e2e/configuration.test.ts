// What every service says to a configuration, as a process: a sound one, a doubtful one, and one
// that is full of errors.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeConfigFolder } from "@hot-backup/testbed/config-folder.ts";
import { serviceEnvironment, serviceNames } from "@hot-backup/testbed/service-process.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));

const faulty = `server: Backup One
group: two-servers
protection: sometimes
heartbeat:
  listen: 127.0.0.1
  monitors: []
  channels: 127.0.0.1:7403
  interval: 5
monitor:
  listen: 127.0.0.1:99999
  servers:
    - id: primary-1
      protection: lease
      threshold: 1s
      lease: 1s
      flow: failover.yaml # there is none
channels:
  listen: 127.0.0.1:7503
  stopBudget: soon
  definition: [channels.yaml]
notify:
  listen: 127.0.0.1:7504
  smtp: http://127.0.0.1:7525
  from: nobody
`;

/** The parts of a message that a person finds the place with, for every error of the file. */
const shared = ["1:1: server", "3:1: protection"];
const errors = {
  heartbeat: ["5:3: heartbeat.listen", "6:3: heartbeat.monitors", "8:3: heartbeat.interval"],
  monitor: [
    "10:3: monitor.listen",
    "15:7: monitor.servers.0.lease",
    "16:7: monitor.servers.0.flow",
  ],
  channels: ["19:3: channels.stopBudget", "20:3: channels.definition"],
  notify: ["23:3: notify.smtp", "24:3: notify.from"],
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-configuration-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.concurrent.each(serviceNames)("%s", (name) => {
  test("refuses a faulty file with exit code 2 and the place of every error", async () => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, faulty);
    const { code, stderr, stdout } = await run(name, ["--config", file]);
    expect(code).toBe(2);
    const told = stderr.trimEnd().split("\n");
    const places = told.flatMap((line) => {
      return line.startsWith(`${file}:`) ? line.slice(file.length + 1) : [];
    });
    const expected = [...shared, ...errors[name]];
    expect(places.map((line) => /^\d+:\d+: [\w.]+/.exec(line)?.[0])).toEqual(expected);
    expect(stdout).toBe("");
  });

  test.each(["a", "b"])("finds the example of mutual backup sound: %s.yaml", async (instance) => {
    const file = `${repository}examples/mutual-backup/${instance}.yaml`;
    const { code, stderr, stdout } = await run(name, ["--config", file, "--check"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`${file}: ${name}: ok\n`);
  });
});

test("an error in a flow file is told with its place there, along with all others", async () => {
  const file = join(folder, "flow-errors.yaml");
  writeFileSync(file, faulty.replace("failover.yaml", "faulty-flow.yaml"));
  const flow = join(folder, "faulty-flow.yaml");
  writeFileSync(flow, "switch: /signal\ncases:\n  DEAD:\n    - startChannels: orders\n");
  const { code, stderr } = await run("monitor", ["--config", file]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${file}:10:3: monitor.listen`);
  expect(stderr).toContain(`${flow}:4:7: cases.DEAD.0.startChannels: must be a list of channels`);
});

test("mutual backup with a lease is allowed, with a loud warning", async () => {
  const mutual = join(folder, "mutual");
  mkdirSync(mutual);
  writeConfigFolder({
    example: "mutual-backup",
    folder: mutual,
    exchangeFolder: join(mutual, "exchange"),
    movePort: (port) => port,
    edit: (_file, document) => {
      if (!document.has("monitor")) return;
      document.set("protection", "lease");
      document.setIn(["monitor", "servers", 0, "protection"], "lease");
    },
  });
  const file = join(mutual, "config", "a.yaml");
  const { code, stderr } = await run("monitor", ["--config", file, "--check"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: server "server-a" .* stops its own channels/);
});

async function run(name: string, words: readonly string[]) {
  const main = `${repository}services/${name}/src/main.ts`;
  const child = spawn(process.execPath, [main, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: serviceEnvironment(),
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (bytes) => (said.stdout += String(bytes)));
  child.stderr.on("data", (bytes) => (said.stderr += String(bytes)));
  const code = await new Promise((resolve) => {
    child.once("close", resolve);
  });
  return { code, ...said };
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { type MonitorConfig, readMonitorConfig } from "./config.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "monitor-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const flow = `cases:
  DEAD:
    - { startChannels: [orders], on: backup-1 }
    - email: { to: [ops@example.org] }
  LIVE:
    - { stopChannels: [orders], on: backup-1 }
    - email: { to: [ops@example.org] }
`;

/** An instance file whose lines from 9 on are the watched server. */
function instance(server: string, more: { top?: string; notify?: string } = {}): string {
  return `server: backup-1
group: pair
${more.top ?? "dataFolder: data"}
monitor:
  listen: 127.0.0.1:7502
  ${more.notify ?? "notify: 127.0.0.1:7504"}
  targets: { backup-1: 127.0.0.1:7503 }
  servers:
${server}`;
}

const minimal = "    - { id: a, protection: lease, threshold: 1s, flow: flow.yaml }\n";

async function read(
  text: string,
  options: { flows?: Record<string, string>; environment?: NodeJS.ProcessEnv } = {},
): Promise<MonitorConfig> {
  const flows = options.flows ?? { "flow.yaml": flow };
  for (const [name, content] of Object.entries(flows)) writeFileSync(join(folder, name), content);
  const file = join(folder, "backup.yaml");
  writeFileSync(file, text);
  return readMonitorConfig(file, options.environment ?? {});
}

async function problemsOf(text: string, flows?: Record<string, string>): Promise<string[]> {
  try {
    await read(text, flows === undefined ? {} : { flows });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, "").split("\n");
  }
}

test("the example of the README is sound and means what it says", async () => {
  const file = join(import.meta.dirname, "../../../examples/two-servers/backup.yaml");
  const config = await readMonitorConfig(file, {});
  expect(config).toMatchObject({
    listen: "127.0.0.1:7502",
    notify: { address: "127.0.0.1:7504", server: undefined },
  });
  expect(config.journalFile).toBe(join(import.meta.dirname, "../../../data/backup/monitor.db"));
  expect(config.servers).toMatchObject([
    { serverId: "primary-1", protection: "lease", thresholdMs: 1000, leaseMs: 750 },
  ]);
  expect(config.servers[0]?.flow.startTargets).toEqual(["backup-1"]);
  expect(config.warnings).toEqual([]);
});

test("what is left out has the documented default", async () => {
  const config = await read(instance(minimal));
  expect(config).toMatchObject({
    journalFile: join(folder, "data/monitor.db"),
    mailDelayMs: 5000,
    logLevel: "info",
  });
  expect(config.servers[0]).toMatchObject({
    leaseMs: 750,
    failback: { kind: "automatic" },
    flap: { deaths: 3, stableAfterMs: 600_000, holdMs: 300_000, holdMaxMs: 3_600_000 },
    closeExpiryMs: undefined,
    switchoverTimeoutMs: 30_000,
    fencedTargets: [],
  });
});

describe("flap protection", () => {
  const watched = (lines: string, protection = "lease") =>
    instance(`    - id: a
      protection: ${protection}
      threshold: 1s
      flow: flow.yaml
      ${lines}
`);

  test("what it leaves out has its default, and it can be switched off", async () => {
    const some = await read(watched("flap: { deaths: 2, hold: 1m }"));
    expect(some.servers[0]?.flap).toEqual({
      deaths: 2,
      stableAfterMs: 600_000,
      holdMs: 60_000,
      holdMaxMs: 3_600_000,
    });
    expect((await read(watched("flap: off"))).servers[0]?.flap).toBeUndefined();
  });

  test("holds nothing without a lease: the server that is back runs its channels", async () => {
    expect((await read(watched("", "none"))).servers[0]?.flap).toBeUndefined();
    await expect(read(watched("flap: { deaths: 2 }", "none"))).rejects.toThrow(
      "monitor.servers.0.flap: needs protection: lease",
    );
  });

  test.each([
    ["flap: { deaths: 0 }", "must be from 1 to 100"],
    ["flap: { deaths: 1.5 }", "must be a whole number"],
    ["flap: { hold: 2h }", "must be at least hold"],
    ["flap: on", 'must be "off" or a map'],
    ["flap: { within: 1m }", "within"],
  ])("refuses %s", async (line, message) => {
    await expect(read(watched(line))).rejects.toThrow(message);
  });
});

test("everything that can be said is taken over", async () => {
  const config = await read(
    instance(`    - id: a
      protection: none
      threshold: 300ms
      failback: { after: 10m }
      closeExpiry: 1h
      switchoverTimeout: 1m
      flow: flow.yaml
      fence: { backup-1: { run: [./fence.sh, now], timeout: 5s } }
`),
  );
  expect(config.servers[0]).toMatchObject({
    protection: "none",
    failback: { kind: "stable", delayMs: 600_000 },
    closeExpiryMs: 3_600_000,
    switchoverTimeoutMs: 60_000,
    fencedTargets: ["backup-1"],
  });
  expect(config.fences.get("a")?.get("backup-1")).toEqual({
    command: [join(folder, "fence.sh"), "now"],
    timeoutMs: 5000,
  });
});

test("servers that name the same flow file share one flow", async () => {
  const config = await read(instance(minimal + minimal.replace("id: a", "id: b")));
  expect(config.servers[0]?.flow).toBe(config.servers[1]?.flow);
});

const faults: readonly (readonly [rule: string, text: string, problem: string])[] = [
  [
    "R4: lease, margin and drift as long as the threshold",
    instance(minimal.replace("1s,", "1s, lease: 949ms,")),
    "backup.yaml:9:50: monitor.servers.0.lease: lease 949 ms + leaseMargin 50 ms + clock drift " +
      "1 ms = 1000 ms, which must be less than the threshold 1000 ms (rule R4)",
  ],
  [
    "R4: a threshold too short for the default lease",
    instance(minimal.replace("1s,", "200ms,")),
    "backup.yaml:9:35: monitor.servers.0.threshold: lease 150 ms (0.75 x threshold) + " +
      "leaseMargin 50 ms + clock drift 0.2 ms = 200.2 ms, " +
      "which must be less than the threshold 200 ms (rule R4)",
  ],
  [
    "a server without a word on protection",
    instance(minimal.replace("protection: lease, ", "")),
    "backup.yaml:9:7: monitor.servers.0.protection: " +
      'must be "lease" or "none": there is no default',
  ],
  [
    "a server that is watched twice",
    instance(minimal + minimal),
    'backup.yaml:10:9: monitor.servers.1.id: "a" is watched already',
  ],
  [
    "a server that watches itself",
    instance(minimal.replace("id: a", "id: backup-1")),
    "backup.yaml:9:9: monitor.servers.0.id: " +
      'a server cannot watch itself: "backup-1" is the server of this file',
  ],
  [
    "a fence for an unknown target",
    instance(minimal.replace("flow:", "fence: { far: { run: [x] } }, flow:")),
    'backup.yaml:9:59: monitor.servers.0.fence.far: there is no target "far" in monitor.targets',
  ],
  [
    "a flow file that does not exist",
    instance(minimal.replace("flow.yaml", "gone.yaml")),
    "backup.yaml:9:50: monitor.servers.0.flow: gone.yaml cannot be read: " +
      "ENOENT: no such file or directory, open 'gone.yaml'",
  ],
  [
    "a failback of no kind",
    instance(minimal.replace("flow:", "failback: later, flow:")),
    "backup.yaml:9:50: monitor.servers.0.failback: " +
      'must be "automatic", "manual" or { after: 10m }',
  ],
  [
    "a threshold out of bounds",
    instance(minimal.replace("1s,", "49ms,")),
    "backup.yaml:9:35: monitor.servers.0.threshold: must be from 50ms to 1h",
  ],
  [
    "a key that does not exist",
    instance(minimal, { notify: "notfy: 127.0.0.1:7504\n  notify: 127.0.0.1:7504" }),
    "backup.yaml:6:3: monitor.notfy: no such key",
  ],
  [
    "a file without a monitor",
    "server: a\ngroup: b\n",
    "backup.yaml:1:1: monitor: must be there: it says what the monitor watches",
  ],
  [
    "a flow with mail where no notify service is named",
    instance(minimal, { notify: "mailDelay: 1s" }),
    "flow.yaml:4:7: cases.DEAD.1.email: needs a notify service, and monitor.notify names none\n" +
      "flow.yaml:7:7: cases.LIVE.1.email: needs a notify service, and monitor.notify names none",
  ],
];

test.each(faults)("%s is refused at its place", async (_, text, problem) => {
  expect(await problemsOf(text)).toEqual(problem.split("\n"));
});

test("all problems of the file and of its flows are told at once, in order of lines", async () => {
  const text = instance(
    `    - { id: A, protection: lease, threshold: 1s, lease: 1s, colour: red, flow: one.yaml }
    - { id: b, protection: lease, threshold: soon, flow: two.yaml }
    - nonsense
    - { id: b, protection: none, threshold: 1s, flow: one.yaml }
`,
    { top: "dataFolder: 7" },
  );
  const flows = { "one.yaml": "cases: {}", "two.yaml": "a: b: c" };
  const places = (await problemsOf(text, flows)).map((line) => line.split(": ").slice(0, 2));
  expect(places).toEqual([
    ["backup.yaml:3:1", "dataFolder"],
    ["backup.yaml:9:9", "monitor.servers.0.id"],
    ["backup.yaml:9:50", "monitor.servers.0.lease"],
    ["backup.yaml:9:61", "monitor.servers.0.colour"],
    ["backup.yaml:10:35", "monitor.servers.1.threshold"],
    ["backup.yaml:11:7", "monitor.servers.2"],
    ["backup.yaml:12:9", "monitor.servers.3.id"],
    ["one.yaml:1:1", "cases"],
    ["two.yaml:1:4", "Nested mappings are not allowed in compact mappings"],
  ]);
});

test("an environment variable overrides a key, and is named when it is wrong", async () => {
  const listen = { environment: { HOT_BACKUP__MONITOR__LISTEN: "127.0.0.1:9" } };
  expect((await read(instance(minimal), listen)).listen).toBe("127.0.0.1:9");
  const lease = { environment: { HOT_BACKUP__MONITOR__SERVERS__0__LEASE: "1s" } };
  await expect(read(instance(minimal), lease)).rejects.toThrow(
    /^HOT_BACKUP__MONITOR__SERVERS__0__LEASE: monitor.servers.0.lease: .*rule R4/,
  );
});

test("a monitor beside a protected server of its own is warned about", async () => {
  const top = "protection: lease\nheartbeat: {}";
  const config = await read(instance(minimal, { top }));
  expect(config.warnings).toEqual([expect.stringContaining("a monitor on a third machine")]);
  const unprotected = await read(instance(minimal, { top: "protection: none\nheartbeat: {}" }));
  expect(unprotected.warnings).toEqual([]);
});

test("without protection a lease has no rule to keep", async () => {
  const text = instance(minimal.replace("lease, threshold: 1s", "none, threshold: 100ms"));
  expect(await problemsOf(text)).toEqual([]);
});

test("readiness is looked at every 30 s, unless the file says otherwise or off", async () => {
  expect((await read(instance(minimal))).readiness).toEqual({ everyMs: 30_000, email: undefined });
  const looked = (readiness: string) =>
    read(instance(minimal, { notify: `notify: 127.0.0.1:7504\n  readiness: ${readiness}` }));
  expect((await looked("{ every: 5s, email: off }")).readiness).toEqual({
    everyMs: 5_000,
    email: "off",
  });
  expect((await looked("{ email: { to: [ops@example.org] } }")).readiness).toEqual({
    everyMs: 30_000,
    email: { to: ["ops@example.org"], cc: [] },
  });
  expect((await looked("off")).readiness).toBeUndefined();
});

test("mail of readiness needs a notify service and addresses, told at their keys", async () => {
  const problems = async (readiness: string, notify = "notify: 127.0.0.1:7504") =>
    (
      await problemsOf(instance(minimal, { notify: `${notify}\n  readiness: ${readiness}` }))
    ).join();
  const email = "{ email: { to: [ops@example.org] } }";
  expect(await problems(email, "mailDelay: 5s")).toContain(
    "monitor.readiness.email: needs a notify service",
  );
  expect(await problems("{ email: { to: [] } }")).toContain("monitor.readiness");
  expect(await problems("{ every: 1ms }")).toContain("monitor.readiness");
  expect(await problems("sometimes")).toContain('must be "off" or a map');
});

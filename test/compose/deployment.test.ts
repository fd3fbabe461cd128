import { afterAll, beforeAll, expect, test } from "vitest";
import { judge } from "@hot-backup/testbed/evidence.ts";
import { visit } from "./console.fixture.ts";
import { docker } from "./engine.ts";
import { scrapeAll } from "./scrape.fixture.ts";
import { type Fed, openStack, primaryServices, type Stack } from "./stack.fixture.ts";

// One story, in order: each test leaves both servers at work, and the channels on the primary.
let stack: Stack;
/** What the feeders have fed, one after the other. */
const fed: Fed[] = [];
/** CLOCK_MONOTONIC, which all containers of one machine share with this process. */
const thaw = { pausedNs: 0n, thawedNs: 0n };

/** A guard looks ten times a second; the rest is for a busy machine. */
const thawedRunNsMax = 2_000_000_000n;

beforeAll(async () => {
  stack = await openStack();
});

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
});

const primaryContainers = () => primaryServices.map((each) => stack.container(each));
const startPrimary = () => stack.up(...primaryServices);

test("what is healthy protects: the primary runs its channels, the backup does not", async () => {
  await stack.untilRunningOn("primary");
  expect(await stack.running("backup")).toEqual([]);
});

test("a second up changes nothing", async () => {
  const before = await stack.compose("ps", "--quiet");
  await stack.up();
  expect(await stack.compose("ps", "--quiet")).toEqual(before);
});

const backupServices = ["backup-monitor", "backup-channels", "backup-notify"] as const;

test.each([...primaryServices, ...backupServices, "console"])(
  "%s has no rights, and can write to its volume and to /tmp only",
  async (service) => {
    const shell = (script: string) =>
      docker(["exec", stack.container(service), "bash", "-c", script]);
    const { stdout: rights } = await shell(
      "grep -E '^(CapEff|NoNewPrivs)' /proc/self/status; id -u",
    );
    expect(rights).toMatch(/^CapEff:\t0+\nNoNewPrivs:\t1\n1000\n$/);
    await expect(shell("touch /app/x")).rejects.toThrow("Read-only file system");
    await expect(shell("touch /x")).rejects.toThrow("Read-only file system");
    await shell('rm "$(mktemp)"');
    const hasVolume = service !== "primary-heartbeat" && service !== "console";
    if (hasVolume) await shell("touch /data/x && rm /data/x");
  },
);

test("the console serves its page, and acts for whoever signed in, under their name", async () => {
  const visitor = await visit(await stack.address("console"), stack.folder);
  const page = await visitor.get("/");
  const [script = ""] = /assets\/[\w-]+\.js/.exec(page.text) ?? [];
  expect((await visitor.get(`/${script}`)).status).toBe(200);
  const act = async (action: string) => {
    const path = `/api/monitors/backup-1/servers/primary-1/${action}`;
    const answer = await visitor.post(path, { reason: "a new disk" });
    expect(answer.status, answer.text).toBe(200);
  };
  await act("set-maintenance");
  await act("clear-maintenance");
  const asked = (await stack.history()).filter(({ actor }) => actor?.reason === "a new disk");
  expect(asked.map(({ actor }) => actor?.name)).toEqual(["operator", "operator"]);
});

test("every service tells its metrics to the Prometheus of compose.metrics.yaml", async () => {
  const told = await scrapeAll({ networks: stack.networks, reader: stack.folder.reader });
  expect(told).toHaveLength(primaryServices.length + backupServices.length);
  for (const { target, status, text } of told) {
    const [server = "", service = ""] = target.split(/[-:]/);
    const build = `hot_backup_build_info{service="${service}",server="${server}-1",`;
    expect(status, target).toBe(200);
    expect(text, target).toContain(build);
  }
});

test("a killed primary is replaced, and gets its channels back", async () => {
  await stack.untilSignal("DEAD", () => docker(["kill", ...primaryContainers()]));
  await stack.untilRunningOn("backup");
  await stack.untilSignal("LIVE", startPrimary);
  await stack.untilRunningOn("primary");
  expect(await stack.running("backup")).toEqual([]);
});

test("a primary that is stopped in good order is not replaced", async () => {
  await stack.untilSignal("CLOSE", () => stack.compose("stop", ...primaryServices));
  for (const name of primaryContainers()) {
    const { stdout } = await docker(["inspect", "--format", "{{.State.ExitCode}}", name]);
    expect(stdout.trim(), `exit code of ${name}`).toBe("0");
  }
  expect(await stack.running("backup")).toEqual([]);
  await stack.untilSignal("LIVE", startPrimary);
  await stack.untilRunningOn("primary");
});

test("a primary whose network is cut off is replaced, and has stopped its channels", async () => {
  const cable = [stack.heartbeats, stack.container("primary-heartbeat")];
  await stack.untilSignal("DEAD", () => docker(["network", "disconnect", ...cable]));
  await stack.untilRunningOn("backup");
  expect(await stack.running("primary")).toEqual([]);
  await stack.untilSignal("LIVE", () => docker(["network", "connect", ...cable]));
  await stack.untilRunningOn("primary");
  expect(await stack.running("backup")).toEqual([]);
});

test("a paused primary is replaced, and gets its channels back when it goes on", async () => {
  thaw.pausedNs = process.hrtime.bigint();
  await stack.untilSignal("DEAD", () => docker(["pause", ...primaryContainers()]));
  await stack.untilRunningOn("backup");
  await stack.untilSignal("LIVE", () => {
    thaw.thawedNs = process.hrtime.bigint();
    return docker(["unpause", ...primaryContainers()]);
  });
  await stack.untilRunningOn("primary");
  expect(await stack.running("backup")).toEqual([]);
});

test.each([
  ["monitor", "backup-monitor", "/data/monitor.db"],
  ["notify", "backup-notify", "/data/notify.db"],
  ["channels", "backup-channels", "/data/channels.db"],
])("a second %s service on one store is refused at its start", async (_, service, store) => {
  const life = async () => {
    const format = "{{.State.StartedAt}} {{.State.Health.Status}}";
    return (await docker(["inspect", "--format", format, stack.container(service)])).stdout;
  };
  const before = await life();
  await stack.scale(service, 2);
  try {
    const why = `Cannot open the store ${store}: another process is using it`;
    await stack.until(`the second ${service} to say why it does not start`, async () => {
      const { stdout } = await docker(["logs", stack.container(service, 2)]);
      return stdout.includes(why);
    });
  } finally {
    await stack.scale(service, 1);
  }
  expect(await life(), "the first one is not disturbed").toBe(before);
});

test("a second heartbeat service of one server is refused before it starts", async () => {
  await expect(stack.scale("primary-heartbeat", 2)).rejects.toThrow(
    "Remove the custom name to scale the service",
  );
});

test("every signal has its mail", async () => {
  const sent = await stack.signals();
  await stack.until("a mail for each signal", async () => {
    return (await stack.mails()).length >= sent.length;
  });
  const subjects = (await stack.mails()).map(({ subject }) => subject);
  for (const name of ["LIVE", "DEAD", "CLOSE"]) {
    const told = subjects.filter((each) => each.startsWith(`[Hot Backup] ${name} primary-1`));
    const given = sent.filter((each) => each === name);
    // One more where something failed at first and was told to be resolved.
    expect(told.length, name).toBeGreaterThanOrEqual(given.length);
  }
  const ids = (await stack.mails()).map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("what must last outlasts the containers", async () => {
  fed.push(await stack.stopFeeder());
  const before = { signals: await stack.signals(), deliveries: await stack.deliveries() };
  await stack.compose("down");
  await stack.up();
  await stack.untilRunningOn("primary");
  const signals = await stack.signals();
  expect(signals.slice(0, before.signals.length)).toEqual(before.signals);
  // The orderly end that `down` was, and a beginning.
  expect(signals.slice(before.signals.length)).toEqual(["CLOSE", "LIVE"]);
  const { deliveries } = before;
  expect((await stack.deliveries()).slice(0, deliveries.length)).toEqual(deliveries);
});

test("nothing is lost, nothing done twice, and two never run at once", async () => {
  fed.push(await stack.stopFeeder());
  const all = {
    orders: fed.flatMap(({ orders }) => orders),
    invoices: fed.flatMap(({ invoices }) => invoices),
  };
  const verdict = await stack.until("every file to be processed", async () => {
    const each = judge(await stack.copyExchange(), all);
    return each.lost.length === 0 && each;
  });
  expect(verdict.processed).toBe(all.orders.length + all.invoices.length);
  expect(verdict.duplicated).toEqual([]);
  for (const { first, second } of verdict.overlaps) {
    // Nothing inside a machine that stands still can act: what was paused is seen once more before
    // its guard gets to it. Only that is allowed, and no effect of it.
    expect(first.startNs).toBeLessThan(thaw.pausedNs);
    expect(second.startNs).toBeGreaterThan(thaw.pausedNs);
    expect(first.endNs).toBeLessThan(thaw.thawedNs + thawedRunNsMax);
    expect(first.units.filter(({ atNs }) => atNs >= second.startNs)).toEqual([]);
  }
});

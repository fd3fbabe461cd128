import { afterAll, beforeAll, expect, test } from "vitest";
import { judge } from "@hot-backup/testbed/evidence.ts";
import { docker } from "./engine.ts";
import { type Fed, openStack, primaryServices, type Stack } from "./stack.fixture.ts";

// One story, told in order: each test leaves both servers at work, with the channels on the primary.
let stack: Stack;
let signals: number;
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
  await stack[Symbol.asyncDispose]();
});

const primaryContainers = () => primaryServices.map((each) => stack.container(each));

async function untilReplaced(): Promise<void> {
  signals += 1;
  await stack.untilSignal("DEAD", signals);
  await stack.untilRunningOn("backup");
}

// Returns what the backup runs then.
async function untilBack(): Promise<string[]> {
  signals += 1;
  await stack.untilSignal("LIVE", signals);
  await stack.untilRunningOn("primary");
  return stack.running("backup");
}

test("what is healthy protects: the primary is known, and runs its channels", async () => {
  signals = 0;
  expect(await untilBack()).toEqual([]);
});

test.each([...primaryServices, "backup-monitor", "backup-channels", "backup-notify"])(
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
    await shell("touch /tmp/x && rm /tmp/x");
    const hasVolume = service !== "primary-heartbeat";
    if (hasVolume) await shell("touch /data/x && rm /data/x");
  },
);

test("a killed primary is replaced, and gets its channels back", async () => {
  await docker(["kill", ...primaryContainers()]);
  await untilReplaced();
  await stack.up(...primaryServices);
  expect(await untilBack()).toEqual([]);
});

test("a primary that is stopped in good order is not replaced", async () => {
  await stack.compose("stop", ...primaryServices);
  signals += 1;
  await stack.untilSignal("CLOSE", signals);
  for (const name of primaryContainers()) {
    const { stdout } = await docker(["inspect", "--format", "{{.State.ExitCode}}", name]);
    expect(stdout.trim(), `exit code of ${name}`).toBe("0");
  }
  expect(await stack.running("backup")).toEqual([]);
  await stack.up(...primaryServices);
  expect(await untilBack()).toEqual([]);
});

test("a primary whose network is cut off is replaced, and has stopped its channels", async () => {
  const heartbeat = stack.container("primary-heartbeat");
  await docker(["network", "disconnect", stack.heartbeats, heartbeat]);
  await untilReplaced();
  expect(await stack.running("primary")).toEqual([]);
  await docker(["network", "connect", stack.heartbeats, heartbeat]);
  expect(await untilBack()).toEqual([]);
});

test("a paused primary is replaced, and gets its channels back when it goes on", async () => {
  thaw.pausedNs = process.hrtime.bigint();
  await docker(["pause", ...primaryContainers()]);
  await untilReplaced();
  thaw.thawedNs = process.hrtime.bigint();
  await docker(["unpause", ...primaryContainers()]);
  expect(await untilBack()).toEqual([]);
});

test.each([
  ["monitor", "backup-monitor", "/data/monitor.db"],
  ["notify", "backup-notify", "/data/notify.db"],
  ["channels", "backup-channels", "/data/channels.db"],
])("a second %s service on one store is refused at its start", async (_, service, store) => {
  const scale = (count: number) => stack.scale(service, count);
  await scale(2);
  try {
    const why = `Cannot open the store ${store}: another process is using it`;
    await stack.until(`the second ${service} to say why it does not start`, async () => {
      const { stdout } = await docker(["logs", stack.container(service, 2)]);
      return stdout.includes(why);
    });
  } finally {
    await scale(1);
  }
  expect(await stack.signals()).toHaveLength(signals);
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
  // The orderly end that `down` was, and a beginning.
  signals += 1;
  expect(await untilBack()).toEqual([]);
  expect(await stack.signals()).toEqual([...before.signals, "CLOSE", "LIVE"]);
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

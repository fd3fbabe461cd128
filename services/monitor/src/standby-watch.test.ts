// Standby readiness over the loops of a monitor, with time, targets and mail in the test's hands.

import { expect, test } from "vitest";
import type { FlowStep } from "./core/flow.ts";
import type { CheckProblem, MailCheck, TargetCheck } from "./core/standby-readiness.ts";
import { sampleSettings } from "./core/story.fixture.ts";
import { TestMonitor, type TestMonitorOptions } from "./monitor.fixture.ts";
import { TestTime } from "./test-time.fixture.ts";
import type { EmailAnswer, Journal } from "./ports.ts";
import type { ReadinessPolicy } from "./standby-ports.ts";
import { StandbyWatch } from "./standby-watch.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

const everyMs = 30_000;
const minute = 60_000;
const portInUse: CheckProblem = { reason: "PORT_IN_USE", text: "somebody listens" };

const steps: readonly FlowStep[] = [
  { kind: "start_channels", target: "backup-1", names: ["orders"] },
  { kind: "email", to: ["ops@example.org"], cc: [], template: "signal" },
];
const plan = (caseName: string) => ({ caseName, steps: caseName === "DEAD" ? steps : [] });
const flow = {
  ...sampleSettings().flow,
  plan: (document: string) => plan(/>(\w+)</.exec(document)?.[1] ?? ""),
};

type WatchOptions = TestMonitorOptions & {
  journal?: Journal;
  policy?: Partial<ReadinessPolicy>;
};

/** A monitor that has not heard its servers yet, so that nothing is declared meanwhile. */
function begin(options: WatchOptions = {}) {
  const journal = options.journal ?? openMemoryJournal(createMemoryDisk("j"));
  const state = {
    problems: [] as CheckProblem[],
    digest: "d1",
    isReachable: true,
    mail: { kind: "answered", problem: "", waitedMs: 0 } as MailCheck,
    asked: 0,
    answer: { kind: "accepted" } as EmailAnswer,
  };
  const checkTarget = async (): Promise<TargetCheck> => {
    state.asked += 1;
    if (!state.isReachable) return { kind: "failed", why: "unreachable", error: "no connection" };
    const { problems } = state;
    const serverIds = ["primary-1", ...(options.others ?? []).map(({ serverId }) => serverId)];
    const checks = serverIds.map((protectedBy) => {
      const name = protectedBy === "primary-1" ? "orders" : `orders-${protectedBy}`;
      return { name, protectedBy, digest: "d1", problems };
    });
    return { kind: "answered", checks, ofAll: [] };
  };
  const story = new TestMonitor(journal, {
    settings: { flow },
    mail: () => state.answer,
    ...options,
  });
  const watch = new StandbyWatch(story.monitor, {
    checks: { checkTarget, checkMail: async () => state.mail },
    policy: { everyMs, email: undefined, ...options.policy },
    ownChannels: () => [{ name: "orders", digest: state.digest }],
  });
  return {
    story,
    state,
    journal,
    watch,
    reasons: () =>
      watch.of("primary-1").problems.map(({ subject, reason }) => {
        return `${subject} ${reason}`;
      }),
    history: () => journal.listHistory("primary-1", 20).map(({ text }) => text),
    pass: (durationMs: number) => story.time.pass(durationMs),
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      story[Symbol.dispose]();
    },
  };
}

test("what has not been looked at yet is not told as ready", async () => {
  using bed = begin();
  expect(bed.watch.of("primary-1").checkedWallMs).toBeUndefined();
  await bed.pass(2_000);
  expect(bed.watch.of("primary-1").checkedWallMs).toBeGreaterThan(0);
});

test("a reason is told with the server within a period, and is gone within one", async () => {
  using bed = begin();
  await bed.pass(everyMs);
  expect(bed.reasons()).toEqual([]);
  bed.state.problems = [portInUse];
  await bed.pass(everyMs * 1.1);
  expect(bed.reasons()).toEqual(["backup-1/orders PORT_IN_USE"]);
  bed.state.problems = [];
  await bed.pass(everyMs * 1.1);
  expect(bed.reasons()).toEqual([]);
});

test("those who watch the server hear of a change once, not of every look", async () => {
  using bed = begin();
  let told = 0;
  bed.story.monitor.subscribe({ serverChanged: () => (told += 1) });
  await bed.pass(10 * everyMs);
  expect(told).toBe(1);
  bed.state.isReachable = false;
  await bed.pass(10 * everyMs);
  expect(told).toBe(2);
});

test("a reason that stands is told in one mail, and its end in another", async () => {
  using bed = begin();
  await bed.pass(minute);
  bed.state.problems = [portInUse];
  await bed.pass(5 * minute);
  expect(bed.story.mails).toMatchObject([
    {
      template: "readiness",
      to: ["ops@example.org"],
      values: {
        servers: [{ server: "primary-1", problems: [{ reason: "PORT_IN_USE" }], over: [] }],
      },
    },
  ]);
  bed.state.problems = [];
  await bed.pass(15 * minute);
  expect(bed.story.mails).toHaveLength(2);
  expect(bed.story.mails[1]).toMatchObject({
    values: { servers: [{ problems: [], over: [{ reason: "PORT_IN_USE" }] }] },
  });
  expect(new Set(bed.story.mails.map((each) => each.idempotencyKey)).size).toBe(2);
  expect(bed.history()).toEqual([
    "A takeover would succeed again, as far as can be seen; over: backup-1/orders PORT_IN_USE",
    "A takeover would fail: backup-1/orders PORT_IN_USE",
  ]);
});

test("a check that flaps for hours is one mail", async () => {
  using bed = begin();
  for (let round = 0; round < 240; round += 1) {
    bed.state.problems = round % 2 === 0 ? [portInUse] : [];
    await bed.pass(everyMs);
  }
  expect(bed.story.mails).toHaveLength(1);
});

test("reasons that come and go for good are at most one mail in ten minutes", async () => {
  using bed = begin();
  for (let round = 0; round < 60; round += 1) {
    bed.state.problems = round % 2 === 0 ? [portInUse] : [];
    await bed.pass(3 * minute);
  }
  const hours = (60 * 3) / 60;
  expect(bed.story.mails.length).toBeGreaterThan(hours);
  expect(bed.story.mails.length).toBeLessThanOrEqual(6 * hours);
});

test("one cause that concerns many servers is one mail", async () => {
  const others = ["p-2", "p-3"].map((serverId) => sampleSettings({ serverId, flow }));
  using bed = begin({ others });
  await bed.pass(minute);
  bed.state.isReachable = false;
  await bed.pass(5 * minute);
  expect(bed.story.mails).toMatchObject([
    { values: { servers: [{ server: "p-2" }, { server: "p-3" }, { server: "primary-1" }] } },
  ]);
});

test("a mail that notify does not take is handed over again, as the same mail", async () => {
  using bed = begin();
  bed.state.answer = { kind: "failed", error: "no connection" };
  bed.state.problems = [portInUse];
  await bed.pass(4 * minute);
  expect(bed.story.mails.length).toBeGreaterThan(2);
  bed.state.answer = { kind: "accepted" };
  await bed.pass(minute);
  const count = bed.story.mails.length;
  await bed.pass(5 * minute);
  expect(bed.story.mails).toHaveLength(count);
  expect(new Set(bed.story.mails.map((each) => each.idempotencyKey)).size).toBe(1);
});

test("mails that notify is slow to take are handed over together, and stop no look", async () => {
  const names = ["p-2", "p-3", "p-4"];
  const others = names.map((serverId) => {
    const to = [`${serverId}@example.org`];
    const plan = (document: string) => ({
      ...flow.plan(document),
      steps: [...steps.slice(0, 1), { kind: "email", to, cc: [], template: "signal" } as const],
    });
    return sampleSettings({ serverId, flow: { ...flow, plan } });
  });
  const time = new TestTime();
  const mail = async () => {
    await new Promise<void>((resolve) => time.timers.after(10_000, resolve));
    return { kind: "failed", error: "no answer" } as const;
  };
  using bed = begin({ others, time, mail });
  bed.state.problems = [portInUse];
  await bed.pass(6 * minute);
  expect(new Set(bed.story.mails.map(({ to }) => to[0])).size).toBe(4);
  const perMail = Map.groupBy(bed.story.mails, (each) => each.idempotencyKey);
  const attempts = [...perMail.values()].map(({ length }) => length);
  // One after the other would make a look last longer than the pause between two.
  expect(Math.min(...attempts)).toBeGreaterThan(5);
});

test("a monitor that starts again repeats nothing, and tells the end of what it told", async () => {
  const disk = createMemoryDisk("j");
  const time = new TestTime();
  const first = begin({ journal: openMemoryJournal(disk), time });
  first.state.problems = [portInUse];
  await first.pass(5 * minute);
  expect(first.story.mails).toHaveLength(1);
  first[Symbol.dispose]();
  using second = begin({ journal: openMemoryJournal(disk), time });
  second.state.problems = [portInUse];
  await second.pass(30 * minute);
  expect(second.story.mails).toEqual([]);
  second.state.problems = [];
  await second.pass(5 * minute);
  expect(second.story.mails).toHaveLength(1);
});

test("a mail that was owed when the monitor was killed goes out when it is back", async () => {
  const disk = createMemoryDisk("j");
  const time = new TestTime();
  const first = begin({ journal: openMemoryJournal(disk), time });
  first.state.problems = [portInUse];
  first.state.answer = { kind: "failed", error: "no connection" };
  await first.pass(5 * minute);
  first[Symbol.dispose]();
  using second = begin({ journal: openMemoryJournal(disk), time });
  second.state.problems = [portInUse];
  await second.pass(minute);
  expect(second.story.mails.map((each) => each.idempotencyKey)).toEqual([
    first.story.mails[0]?.idempotencyKey,
  ]);
});

test("who gets the mails may be said, or that nobody does", async () => {
  const email = { to: ["night@example.org"], cc: [] };
  using said = begin({ policy: { email } });
  said.state.problems = [portInUse];
  await said.pass(5 * minute);
  expect(said.story.mails).toMatchObject([{ to: ["night@example.org"] }]);
  using off = begin({ policy: { email: "off" } });
  off.state.problems = [portInUse];
  await off.pass(5 * minute);
  expect(off.story.mails).toEqual([]);
  expect(off.history()).toEqual(["A takeover would fail: backup-1/orders PORT_IN_USE"]);
});

test("in maintenance nobody gets a mail of what is told with the server", async () => {
  using bed = begin();
  const actor = { name: "anna", reason: "a new disk" };
  const { clock } = bed.story.time;
  const moment = () => ({ nowMs: clock.nowMs(), wallMs: clock.wallMs() });
  const since = { sinceWallMs: clock.wallMs(), untilWallMs: undefined };
  const maintenance = { owner: actor.name, reason: actor.reason, ...since };
  const set = { kind: "maintenance_set", maintenance, untilMs: undefined, ...moment() } as const;
  expect(bed.story.server.take(set)).toBeUndefined();
  bed.state.problems = [portInUse];
  await bed.pass(5 * minute);
  expect(bed.reasons()).toEqual(["backup-1/orders PORT_IN_USE"]);
  expect(bed.story.mails).toEqual([]);
  bed.story.server.take({ kind: "maintenance_cleared", actor, ...moment() });
  await bed.pass(minute);
  expect(bed.story.mails).toHaveLength(1);
});

test("a target that opens its watch, or deploys anew, is looked at before time", async () => {
  using bed = begin();
  await bed.pass(everyMs);
  const channel = {
    name: "orders",
    protectedBy: "primary-1",
    activity: "STOPPED",
    term: 0n,
    isOverridden: false,
    digest: "d1",
  };
  const looksAfter = async (isSnapshot: boolean, digest: string) => {
    const before = bed.state.asked;
    bed.story.observe({ target: "backup-1", isSnapshot, channels: [{ ...channel, digest }] });
    await bed.pass(3_500);
    return bed.state.asked - before;
  };
  // Not at the time of the next usual look.
  await bed.pass(5_000);
  expect(await looksAfter(true, "d1")).toBe(1);
  expect(await looksAfter(false, "d1")).toBe(0);
  expect(await looksAfter(false, "d2")).toBe(1);
});

test("another definition on the server itself is looked at before time", async () => {
  using bed = begin();
  await bed.pass(everyMs);
  await bed.pass(5_000);
  bed.state.digest = "d2";
  bed.story.monitor.announce(bed.story.server);
  await bed.pass(3_500);
  expect(bed.reasons()).toEqual(["backup-1/orders DEFINITION_DIFFERS"]);
});

test("while a run is under way nothing is judged, and its target is let alone", async () => {
  using bed = begin({ answer: () => ({ kind: "failed", error: "no" }) });
  await bed.story.bringToLife();
  await bed.pass(2_000);
  expect(bed.story.record.assignment).toBe("backup");
  const { asked } = bed.state;
  bed.state.problems = [portInUse];
  bed.watch.lookSoon();
  await bed.pass(5_000);
  expect(bed.state.asked).toBe(asked);
  await bed.pass(3 * everyMs);
  expect(bed.reasons()).toEqual([]);
  // Another server may need the target: a run that cannot get on does not bar it for ever.
  expect(bed.state.asked).toBeGreaterThan(asked);
});

test("a run that only waits for notify to take its mail hides nothing", async () => {
  using bed = begin();
  bed.state.answer = { kind: "failed", error: "no connection" };
  await bed.story.bringToLife();
  await bed.pass(2_000);
  expect(bed.story.record.assignment).toBe("backup");
  bed.state.problems = [portInUse];
  await bed.pass(3 * everyMs);
  expect(bed.reasons()).toEqual(["backup-1/orders PORT_IN_USE"]);
});

test("a wall clock that is set back keeps no target from being looked at", async () => {
  using bed = begin();
  bed.state.answer = { kind: "failed", error: "no connection" };
  await bed.story.bringToLife();
  await bed.pass(2_000);
  expect(bed.story.record.assignment).toBe("backup");
  bed.story.time.wallSetByMs -= 24 * 60 * minute;
  const { asked } = bed.state;
  await bed.pass(3 * everyMs);
  expect(bed.state.asked).toBeGreaterThan(asked);
});

test("a takeover is tried whatever its readiness was", async () => {
  using bed = begin();
  bed.state.isReachable = false;
  await bed.story.bringToLife();
  await bed.pass(3_000);
  expect(bed.reasons()).toContain("backup-1 TARGET_UNREACHABLE");
  expect(bed.story.orders.filter(({ kind }) => kind === "start")).toHaveLength(1);
});

test("nobody looks any more once it is disposed of", async () => {
  const bed = begin();
  await bed.pass(everyMs);
  bed[Symbol.dispose]();
  const { asked } = bed.state;
  await bed.story.time.pass(5 * minute);
  expect(bed.state.asked).toBe(asked);
});

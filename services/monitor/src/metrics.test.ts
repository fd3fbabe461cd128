// What a failover does to the numbers of a monitor.

import { writeFamily } from "@hot-backup/kit/metric-family.ts";
import { expect, test } from "vitest";
import { measureJournal } from "./journal-meter.ts";
import { monitorFamilies } from "./metrics.ts";
import { TestMonitor, type TestMonitorOptions } from "./monitor.fixture.ts";
import type { OrderAnswer } from "./ports.ts";
import { RunMeter } from "./run-meter.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

const silent: OrderAnswer = { kind: "failed", error: "no answer" };

function measured(options: TestMonitorOptions = {}) {
  const disk = createMemoryDisk("journal-1");
  const clock = { nowMs: () => 0 };
  const { journal, meter } = measureJournal(openMemoryJournal(disk), clock);
  const story = new TestMonitor(journal, options);
  const { monitor } = story;
  const runs = new RunMeter(monitor.parts.clock.wallMs());
  monitor.subscribe(runs);
  const families = monitorFamilies({
    monitor,
    runs,
    journal: meter,
    targets: ["backup-1"],
    of: { leaseLeftMs: () => 500, standbyProblems: () => 2 },
  });
  /** The value of one series, as it stands in the text. */
  const valueOf = (series: string): string | undefined => {
    const lines = families.flatMap((each) => [...writeFamily(each)].join("").split("\n"));
    return lines.find((line) => line.startsWith(`${series} `))?.split(" ")[1];
  };
  return { story, valueOf, [Symbol.dispose]: () => story[Symbol.dispose]() };
}

test("a server that was never heard is told as such, and has no age", () => {
  using told = measured();
  expect(told.valueOf('hot_backup_server_state{server="primary-1",state="unheard"}')).toBe("1");
  expect(told.valueOf('hot_backup_server_state{server="primary-1",state="live"}')).toBe("0");
  expect(told.valueOf('hot_backup_server_since_good_seconds{server="primary-1"}')).toBeUndefined();
  expect(told.valueOf('hot_backup_signals_total{server="primary-1",signal="DEAD"}')).toBe("0");
});

test("a failover is told by state, assignment, term, signal, step and target", async () => {
  using told = measured();
  const { story, valueOf } = told;
  await story.bringToLife();
  expect(valueOf('hot_backup_server_state{server="primary-1",state="live"}')).toBe("1");
  expect(valueOf('hot_backup_server_assignment{server="primary-1",assignment="primary"}')).toBe(
    "1",
  );
  expect(valueOf('hot_backup_target_clean{server="primary-1",target="backup-1"}')).toBe("1");
  expect(valueOf('hot_backup_server_since_good_seconds{server="primary-1"}')).toBe("0");
  await story.time.pass(250);
  expect(valueOf('hot_backup_server_since_good_seconds{server="primary-1"}')).toBe("0.25");
  await story.time.pass(1000);
  expect(valueOf('hot_backup_server_state{server="primary-1",state="dead"}')).toBe("1");
  expect(valueOf('hot_backup_server_assignment{server="primary-1",assignment="backup"}')).toBe("1");
  expect(valueOf('hot_backup_server_term{server="primary-1"}')).toBe(String(story.record.term));
  expect(valueOf('hot_backup_signals_total{server="primary-1",signal="DEAD"}')).toBe("1");
  expect(valueOf('hot_backup_target_clean{server="primary-1",target="backup-1"}')).toBe("0");
  expect(valueOf('hot_backup_steps_ended_total{kind="start_channels",state="done"}')).toBe("1");
  expect(valueOf('hot_backup_step_duration_seconds_count{kind="start_channels"}')).toBe("1");
  expect(Number(valueOf("hot_backup_journal_commit_seconds_count"))).toBeGreaterThan(1);
  expect(Number(valueOf("hot_backup_decision_lag_seconds_count"))).toBeGreaterThan(0);
});

test("heartbeats are told by what they were taken for", async () => {
  using told = measured();
  const { story, valueOf } = told;
  await story.bringToLife();
  const heard = (verdict: string) =>
    valueOf(`hot_backup_heartbeats_heard_total{server="primary-1",verdict="${verdict}"}`);
  const good = Number(heard("good"));
  expect(good).toBeGreaterThan(3);
  expect(heard("channels_silent")).toBeUndefined();
  story.beatHeld();
  story.beat({ isChannelsAnswering: false });
  expect(heard("good")).toBe(String(good + 1));
  expect(heard("channels_silent")).toBe("1");
});

test("every gap between good heartbeats is in the histogram, by its length", async () => {
  using told = measured();
  const { story, valueOf } = told;
  await story.bringToLife();
  const within = (bound: string) =>
    Number(valueOf(`hot_backup_heartbeat_gap_seconds_bucket{le="${bound}"}`));
  const before = { of150: within("0.15"), of200: within("0.2"), all: within("+Inf") };
  await story.time.pass(180);
  story.beatHeld();
  expect(within("0.15")).toBe(before.of150);
  expect(within("0.2")).toBe(before.of200 + 1);
  expect(within("+Inf")).toBe(before.all + 1);
});

test("a step that fails is told as retried, and its run as running", async () => {
  let answer: OrderAnswer | undefined = silent;
  using told = measured({ answer: ({ kind }) => (kind === "start" ? answer : undefined) });
  const { story, valueOf } = told;
  await story.bringToLife();
  await story.time.pass(3000);
  const retries = Number(valueOf('hot_backup_step_retries_total{kind="start_channels"}'));
  expect(retries).toBeGreaterThan(1);
  expect(valueOf('hot_backup_steps_retrying{server="primary-1"}')).toBe("1");
  expect(valueOf('hot_backup_runs{server="primary-1",state="running"}')).toBe("1");
  answer = undefined;
  await story.time.pass(10_000);
  expect(valueOf('hot_backup_steps_retrying{server="primary-1"}')).toBe("0");
  expect(valueOf('hot_backup_runs{server="primary-1",state="running"}')).toBe("0");
  expect(valueOf('hot_backup_steps_ended_total{kind="start_channels",state="done"}')).toBe("1");
});

test("a failback that waits for an operator is told as held", async () => {
  using told = measured({ settings: { failback: { kind: "manual" } } });
  const { story, valueOf } = told;
  await story.bringToLife();
  await story.time.pass(2000);
  story.connect();
  story.beat();
  story.beat();
  await story.time.pass(10);
  expect(valueOf('hot_backup_failback_held{server="primary-1"}')).toBe("1");
  expect(valueOf('hot_backup_runs{server="primary-1",state="held"}')).toBe("1");
});

test("maintenance is told by its age", async () => {
  using told = measured();
  const { story, valueOf } = told;
  await story.bringToLife();
  expect(valueOf('hot_backup_maintenance_seconds{server="primary-1"}')).toBe("0");
  const { nowMs, wallMs } = story.monitor.parts.clock;
  const since = { owner: "anna", reason: "a test", sinceWallMs: wallMs(), untilWallMs: undefined };
  const wish = { kind: "maintenance_set", maintenance: since, untilMs: undefined } as const;
  story.server.take({ ...wish, nowMs: nowMs(), wallMs: wallMs() });
  await story.time.pass(7000);
  expect(valueOf('hot_backup_maintenance_seconds{server="primary-1"}')).toBe("7");
});

// What the services tell at /metrics, read from real ones while they fail over: every name that an
// alert, a panel or the documentation uses is among it.

import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { type Bed, openBed, untilRunningOn, untilSignals, watchedServer } from "./bed.fixture.ts";

const root = join(import.meta.dirname, "../..");
const withinMs = { timeout: 30_000, interval: 50 };

/** Which file of the bed has the address of which service. */
const sections = {
  heartbeat: ["primary", "heartbeat"],
  "channels of the primary": ["primary", "channels"],
  monitor: ["backup", "monitor"],
  "channels of the backup": ["backup", "channels"],
  notify: ["backup", "notify"],
} as const;
type Part = keyof typeof sections;
const parts = Object.keys(sections).filter((each): each is Part => each in sections);

const section = z.object({ metrics: z.object({ listen: z.string() }) });
const instance = z.record(z.string(), z.unknown());

let bed: Bed;
beforeAll(async () => {
  // Nobody shall be declared dead before the test that wants it, however busy the machine is.
  bed = await openBed(watchedServer({ threshold: "5s", lease: "3750ms" }));
});
afterAll(async () => {
  await bed?.[Symbol.asyncDispose]();
});

function addressOf(part: Part): string {
  const [file, name] = sections[part];
  const path = join(bed.servers.folder, "config", `${file}.yaml`);
  return section.parse(instance.parse(parse(readFileSync(path, "utf8")))[name]).metrics.listen;
}

async function scrape(part: Part): Promise<string> {
  return (await fetch(`http://${addressOf(part)}/metrics`)).text();
}

/** The value of one series. */
async function valueOf(part: Part, series: string): Promise<number | undefined> {
  const line = (await scrape(part)).split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** The families of a text, as its TYPE lines name them. */
function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? "");
}

async function allNames(): Promise<ReadonlySet<string>> {
  const texts = await Promise.all(parts.map(scrape));
  return new Set(texts.flatMap(namesIn));
}

test("every line that is told has the form that Prometheus reads", async () => {
  for (const part of parts) {
    const lines = (await scrape(part)).split("\n").filter((line) => line !== "");
    expect(lines.filter((line) => !isWellFormed(line))).toEqual([]);
    const names = namesIn(lines.join("\n"));
    expect(names).toEqual([...new Set(names)]);
    const series = lines.filter((line) => !line.startsWith("#")).map((line) => seriesOf(line));
    expect(series.length).toBe(new Set(series).size);
  }
});

function isWellFormed(line: string): boolean {
  const label = String.raw`[a-z_]+="(?:[^"\\]|\\["\\n])*"`;
  const sample = new RegExp(`^[a-z_0-9]+(?:\\{${label}(?:,${label})*\\})? \\S+$`);
  if (/^# (?:HELP|TYPE) [a-z_0-9]+ .+$/.test(line)) return true;
  return sample.test(line) && !Number.isNaN(Number(line.split(" ").at(-1)?.replace("+Inf", "1")));
}

function seriesOf(line: string): string {
  return line.slice(0, line.lastIndexOf(" "));
}

test("every name in an alert or a panel is told by a service", async () => {
  const told = await allNames();
  const texts = ["deploy/prometheus/rules.yaml", "deploy/grafana/hot-backup.json"];
  const used = texts.flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return [...text.matchAll(/(?<![:\w])(?:hot_backup|process|nodejs)_\w+/g)].map(([name]) => name);
  });
  const families = used.map((name) => name.replace(/_(?:bucket|count|sum)$/, ""));
  expect(used.length).toBeGreaterThan(100);
  expect([...new Set(families)].filter((name) => !told.has(name))).toEqual([]);
});

test("every name that is told is explained, and every name that is explained is told", async () => {
  const told = await allNames();
  const text = readFileSync(join(root, "docs/metrics.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name ?? "");
  expect([...told].filter((name) => !rows.includes(name)).toSorted()).toEqual([]);
  expect(rows.filter((name) => !told.has(name)).toSorted()).toEqual([]);
});

test("a primary that runs its channels is told so by everybody", async () => {
  const activity = 'hot_backup_channel_activity{server="primary-1",channel="orders",';
  const started = `${activity}protected_by="primary-1",activity="started"}`;
  expect(await valueOf("channels of the primary", started)).toBe(1);
  expect(
    await valueOf("channels of the primary", 'hot_backup_lease_held{server="primary-1"}'),
  ).toBe(1);
  const answered = 'hot_backup_heartbeat_answered{server="primary-1"}';
  expect(await valueOf("heartbeat", answered)).toBe(1);
  const left = 'hot_backup_heartbeat_lease_left_seconds{server="primary-1"}';
  expect(await valueOf("heartbeat", left)).toBeGreaterThan(0);
  const live = 'hot_backup_server_state{server="primary-1",state="live"}';
  expect(await valueOf("monitor", live)).toBe(1);
  const clean = 'hot_backup_target_clean{server="primary-1",target="backup-1"}';
  expect(await valueOf("monitor", clean)).toBe(1);
  expect(await valueOf("monitor", 'hot_backup_target_watched{target="backup-1"}')).toBe(1);
});

test("heartbeats are counted on both sides, and their way is timed", async () => {
  const good = 'hot_backup_heartbeats_heard_total{server="primary-1",verdict="good"}';
  const before = (await valueOf("monitor", good)) ?? 0;
  await vi.waitFor(
    async () => expect(await valueOf("monitor", good)).toBeGreaterThan(before),
    withinMs,
  );
  const sent = await valueOf("heartbeat", 'hot_backup_heartbeats_sent_total{server="primary-1"}');
  expect(sent).toBeGreaterThan(before);
  const trips = 'hot_backup_heartbeat_round_trip_seconds_count{server="primary-1"}';
  expect(await valueOf("heartbeat", trips)).toBeGreaterThan(0);
  expect(await valueOf("monitor", "hot_backup_heartbeat_gap_seconds_count")).toBeGreaterThan(0);
});

test("whoever holds connections to /metrics holds up no scrape and no heartbeat", async () => {
  const [host = "", port = ""] = addressOf("monitor").split(":");
  const idle = Array.from({ length: 40 }, () => {
    const socket = createConnection({ host, port: Number(port) }, () => socket.write("GET /met"));
    socket.on("error", () => {});
    return socket;
  });
  onTestFinished(() => idle.forEach((socket) => socket.destroy()));
  const flood = Array.from({ length: 30 }, () => scrape("monitor").catch(() => ""));
  await Promise.all(flood);
  const dead = 'hot_backup_signals_total{server="primary-1",signal="DEAD"}';
  expect(await valueOf("monitor", dead)).toBe(0);
  const good = 'hot_backup_heartbeats_heard_total{server="primary-1",verdict="good"}';
  const before = (await valueOf("monitor", good)) ?? 0;
  await vi.waitFor(
    async () => expect(await valueOf("monitor", good)).toBeGreaterThan(before),
    withinMs,
  );
});

test("a failover is told in numbers by the monitor, the backup and notify", async () => {
  await bed.servers.primary.kill();
  await untilSignals(bed, 2);
  await untilRunningOn(bed, "backup");
  const series = (name: string, labels: string) =>
    `hot_backup_${name}{server="primary-1",${labels}}`;
  const monitor = (name: string, labels: string) => valueOf("monitor", series(name, labels));
  expect(await monitor("server_state", 'state="dead"')).toBe(1);
  expect(await monitor("server_assignment", 'assignment="backup"')).toBe(1);
  expect(await monitor("signals_total", 'signal="DEAD"')).toBe(1);
  expect(await monitor("target_clean", 'target="backup-1"')).toBe(0);
  const steps = 'hot_backup_steps_ended_total{kind="start_channels",state="done"}';
  await vi.waitFor(async () => expect(await valueOf("monitor", steps)).toBe(1), withinMs);
  expect(await valueOf("monitor", "hot_backup_decision_lag_seconds_count")).toBeGreaterThan(0);
  const orders = 'server="backup-1",channel="orders",protected_by="primary-1"';
  const backup = (name: string, more = "") =>
    valueOf("channels of the backup", `hot_backup_${name}{${orders}${more}}`);
  expect(await backup("channel_activity", ',activity="started"')).toBe(1);
  expect(await backup("channel_activation", ',activation="active"')).toBe(1);
  expect(await backup("channel_starts_total")).toBe(1);
  expect(await backup("channel_last_start_seconds")).toBeGreaterThan(0);
  const sent = 'hot_backup_mail_settled_total{outcome="sent"}';
  await vi.waitFor(async () => expect(await valueOf("notify", sent)).toBe(2), withinMs);
  expect(await valueOf("notify", "hot_backup_mail_queued")).toBe(0);
});

test("and so is the way back", async () => {
  bed.servers.primary.start();
  await untilSignals(bed, 3);
  await untilRunningOn(bed, "primary");
  const primary = 'hot_backup_server_assignment{server="primary-1",assignment="primary"}';
  expect(await valueOf("monitor", primary)).toBe(1);
  const clean = 'hot_backup_target_clean{server="primary-1",target="backup-1"}';
  expect(await valueOf("monitor", clean)).toBe(1);
});

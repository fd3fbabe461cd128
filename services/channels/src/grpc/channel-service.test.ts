// Every method over real gRPC, with real programs behind it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientReadableStream } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import * as wire from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clock, definition, failureOf, order, startWire } from "./service.fixture.ts";

const { Activity, Activation } = wire;
let wired: Awaited<ReturnType<typeof startWire>>;

beforeAll(async () => {
  wired = await startWire();
});
afterAll(() => wired.close());

async function firstOf<T>(
  stream: ClientReadableStream<T>,
  isMeant: (each: T) => boolean,
): Promise<T> {
  stream.on("error", () => undefined);
  for await (const each of stream) if (isMeant(each as T)) return each as T;
  throw new Error("the stream ended");
}

test("a deployed ACTIVE local channel starts, and is STARTED when its check succeeds", async () => {
  const readiness = {
    check: { $case: "command", value: { command: ["test", "-e", join(wired.folder, "go")] } },
    interval: toDuration(5),
  };
  await wired.deploy(definition("slow", undefined, { readiness }), Activation.ACTIVATION_ACTIVE);
  const waiting = wired.start({ names: ["slow"] });
  expect((await wired.get("slow")).channel?.activity).toBe(Activity.ACTIVITY_STARTING);
  writeFileSync(join(wired.folder, "go"), "");
  expect((await waiting).results).toMatchObject([{ name: "slow", ok: true }]);
  const { channel } = await wired.get("slow");
  expect(channel).toMatchObject({
    activity: Activity.ACTIVITY_STARTED,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(channel?.pid).toBeGreaterThan(0);
  await wired.undeploy("slow");
});

test("a start that fails answers with the reason and the last lines", async () => {
  const more = {
    restart: { attemptsMax: 0 },
    readiness: { check: { $case: "command", value: { command: ["false"] } } },
  };
  await wired.deploy(definition("broken", "echo no such table; exit 3", more));
  const { results } = await wired.start({ names: ["broken"] });
  expect(results).toMatchObject([
    {
      ok: false,
      reason: "CHANNEL_FAILED",
      error: "exited with code 3",
      lastLines: ["no such table"],
    },
  ]);
  expect((await wired.get("broken")).channel).toMatchObject({
    activity: Activity.ACTIVITY_FAILED,
    lastFailure: { reason: "exited with code 3" },
  });
  await wired.undeploy("broken");
});

test("a stale order is refused with the highest one, and changes nothing", async () => {
  await wired.deploy(definition("lent", undefined, { protectedBy: "b" }));
  expect((await wired.stop({ names: ["*"], order: order("b", 5n) })).order).toEqual(order("b", 5n));
  for (const stale of [order("b", 4n), order("b", 5n, "other")]) {
    const failure = await failureOf(wired.start({ names: ["lent"], order: stale }));
    expect(failure).toMatchObject({
      reason: "STALE_TERM",
      metadata: { serverId: "b", highestTerm: "5", highestJournalId: "j" },
    });
  }
  expect((await wired.get("lent")).channel?.activity).toBe(Activity.ACTIVITY_STOPPED);
});

test("an ordered start reaches only what its server protects, with its term", async () => {
  await wired.deploy(definition("local"));
  await wired.deploy(
    definition("lent", 'echo "$HOT_BACKUP_TERM"; exec sleep 1000', { protectedBy: "b" }),
  );
  const answer = await wired.start({ names: ["lent", "local", "gone"], order: order("b", 6n) });
  expect(answer.results.map((each) => each.reason)).toEqual([
    "",
    "NOT_PROTECTED",
    "UNKNOWN_CHANNEL",
  ]);
  const request = { name: "lent", tailLines: 0, follow: true };
  const stream = wired.client.readChannelLog(request);
  const batch = await firstOf(stream, (each) => each.lines.length > 0);
  stream.cancel();
  expect(batch.lines.at(-1)?.text).toBe("6");
  const stopped = await wired.stop({ names: ["*"], order: order("b", 7n) });
  expect(stopped.results).toMatchObject([{ name: "lent", ok: true, activity: 1 }]);
  expect((await wired.get("lent")).channel?.activation).toBe(Activation.ACTIVATION_INACTIVE);
});

test("a start that a stop of a newer term overtakes answers SUPERSEDED", async () => {
  const check = { $case: "tcp", value: { address: "127.0.0.1:1" } };
  await wired.deploy(definition("lent", undefined, { protectedBy: "b", readiness: { check } }));
  const starting = wired.start({ names: ["lent"], order: order("b", 8n) });
  await firstOf(
    wired.client.watchChannels({ protectedBy: "b", monitorOf: [] }),
    isIn("lent", Activity.ACTIVITY_STARTING),
  );
  await wired.stop({ names: ["lent"], order: order("b", 9n) });
  expect((await starting).results).toMatchObject([{ ok: false, reason: "SUPERSEDED" }]);
});

test("an undeployment that a deployment overtakes answers SUPERSEDED", async () => {
  const slow = definition("slow", "trap '' TERM; echo armed; while :; do sleep 0.05; done", {
    stop: { timeout: toDuration(500) },
  });
  await wired.deploy(slow, Activation.ACTIVATION_ACTIVE);
  const stream = wired.client.readChannelLog({ name: "slow", tailLines: 0, follow: true });
  await firstOf(stream, ({ lines }) => lines.some(({ text }) => text === "armed"));
  stream.cancel();
  const failed = failureOf(wired.undeploy("slow"));
  await firstOf(
    wired.client.watchChannels({ protectedBy: "", monitorOf: [] }),
    isIn("slow", Activity.ACTIVITY_STOPPING),
  );
  await wired.deploy(slow);
  expect(await failed).toMatchObject({ code: 10, reason: "SUPERSEDED" });
  await wired.undeploy("slow");
});

function isIn(name: string, activity: wire.Activity) {
  return ({ event }: wire.WatchChannelsResponse) => {
    const channels = event?.$case === "snapshot" ? event.value.channels : [];
    const all = event?.$case === "changed" ? [event.value] : channels;
    return all.some((each) => each.definition?.name === name && each.activity === activity);
  };
}

test("a watch gets a snapshot first and then every change", async () => {
  await wired.deploy(definition("watched"));
  const stream = wired.client.watchChannels({ protectedBy: "", monitorOf: [] });
  const seen: string[] = [];
  const end = firstOf(stream, ({ event }) => {
    seen.push(event?.$case ?? "");
    return event?.$case === "undeployed" && event.value === "watched";
  });
  await wired.start({ names: ["watched"] });
  await wired.undeploy("watched");
  await end;
  stream.cancel();
  expect(seen[0]).toBe("snapshot");
  expect(seen.filter((each) => each === "changed").length).toBeGreaterThanOrEqual(3);
});

test("a lease starts own channels, a withdrawal stops them for good", async () => {
  await wired.deploy(
    definition("own", undefined, { protectedBy: "a" }),
    Activation.ACTIVATION_ACTIVE,
  );
  const probe = await wired.renew({ decision: { $case: "probe", value: {} } });
  expect(probe.report?.state?.$case).toBe("none");
  expect(probe.holder).toMatch(/^b0071d\/\d+:\d+$/);
  const late = { $case: "deadline", value: toDuration(clock.bootMs() + 100) };
  expect((await wired.renew({ order: order("a", 1n), decision: late })).refusedBecause).toBe(
    "TOO_LATE",
  );
  const lease = { $case: "deadline", value: toDuration(clock.bootMs() + 60_000) };
  const held = await wired.renew({ order: order("a", 1n), decision: lease });
  expect(held.report?.state).toMatchObject({ $case: "held", value: { term: 1n, journalId: "j" } });
  await wired.start({ names: ["own"] });
  const withdraw = { $case: "withdraw", value: { because: "switchover" } };
  const ended = await wired.renew({ order: order("a", 2n), decision: withdraw });
  expect(ended.report?.state).toMatchObject({
    $case: "ended",
    value: { term: 2n, because: "switchover" },
  });
  expect((await wired.renew({ order: order("a", 2n), decision: lease })).refusedBecause).toBe(
    "LEASE_ENDED",
  );
  expect((await wired.renew({ order: order("a", 1n), decision: lease })).refusedBecause).toBe(
    "STALE_TERM",
  );
  const { results } = await wired.start({ names: ["own"] });
  expect(results).toMatchObject([{ ok: false, reason: "LEASE_REQUIRED" }]);
});

test("a decision of another boot is refused", async () => {
  const failure = await failureOf(
    wired.renew({ bootId: "0123", decision: { $case: "probe", value: {} } }),
  );
  expect(failure.reason).toBe("OTHER_BOOT");
});

test("a list comes in pages, with the leases of all who gave orders", async () => {
  await wired.deploy(definition("page-1"));
  await wired.deploy(definition("page-2"));
  const names: (string | undefined)[] = [];
  let pageToken = "";
  do {
    const page = await wired.list({ pageSize: 1, pageToken });
    names.push(...page.channels.map((each) => each.definition?.name));
    pageToken = page.nextPageToken;
    expect(page.leases.map((each) => each.serverId)).toContain("b");
  } while (pageToken !== "");
  expect(names).toEqual(names.toSorted((a = "", b = "") => (a < b ? -1 : 1)));
  expect(names).toContain("page-2");
});

test("an unknown name is NOT_FOUND", async () => {
  for (const answer of [wired.get("gone"), wired.undeploy("gone")]) {
    expect(await failureOf(answer)).toMatchObject({ code: 5, reason: "UNKNOWN_CHANNEL" });
  }
});

test("pages and snapshots are small enough for any client, whatever is deployed", async () => {
  const environment = Object.fromEntries(
    Array.from({ length: 15 }, (_, index) => [`V${index}`, "x".repeat(30_000)]),
  );
  const names = Array.from({ length: 12 }, (_, index) => `large-${String(index).padStart(2, "0")}`);
  for (const name of names) {
    const value = { command: ["true"], environment };
    await wired.deploy({ name, protectedBy: "c", runtime: { $case: "process", value } });
  }
  const listed: (string | undefined)[] = [];
  let pageToken = "";
  do {
    const page = await wired.list({ protectedBy: "c", pageSize: 1000, pageToken });
    listed.push(...page.channels.map((each) => each.definition?.name));
    ({ nextPageToken: pageToken } = page);
  } while (pageToken !== "");
  expect(listed).toEqual(names);
  const watched: (string | undefined)[] = [];
  const stream = wired.client.watchChannels({ protectedBy: "c", monitorOf: [] });
  await firstOf(stream, ({ event }) => {
    if (event?.$case === "changed") watched.push(event.value.definition?.name);
    if (event?.$case !== "snapshot") return watched.length === names.length;
    watched.push(...event.value.channels.map((each) => each.definition?.name));
    return false;
  });
  stream.cancel();
  expect(watched).toEqual(names);
});

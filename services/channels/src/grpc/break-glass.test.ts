// Break glass over real gRPC, with real programs: who is refused, and where it is shown.

import { toDuration } from "@hot-backup/kit/duration.ts";
import * as wire from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clock, definition, failureOf, order, startWire } from "./service.fixture.ts";

const { Activation, Activity } = wire;
const actor = { name: "anna", reason: "the machine of the monitor burns" };
let wired: Awaited<ReturnType<typeof startWire>>;

beforeEach(async () => {
  wired = await startWire();
  const active = Activation.ACTIVATION_ACTIVE;
  await wired.deploy(definition("own", undefined, { protectedBy: "a" }), active);
  await wired.deploy(definition("lent", undefined, { protectedBy: "b" }));
});
afterEach(() => wired.close());

const asked = (names: string[], serverId = "a") => ({ names, actor, override: { serverId } });

async function leaseOf(serverId: string) {
  const { leases } = await wired.list({});
  return leases.find((each) => each.serverId === serverId)?.report?.state;
}

test("an override is shown wherever the channel is shown, and in the history", async () => {
  await wired.stop({ names: ["*"], order: order("a", 7n) });
  expect((await wired.start(asked(["own"]))).results).toMatchObject([{ name: "own", ok: true }]);
  const shown = { actor, since: expect.any(Date) };
  const { channel } = await wired.get("own");
  expect(channel).toMatchObject({
    activity: Activity.ACTIVITY_STARTED,
    order: order("a", 7n),
    override: shown,
    because: expect.any(String),
  });
  const { channels, overrides } = await wired.list({ protectedBy: "a" });
  expect(channels[0]?.override).toMatchObject(shown);
  expect(overrides).toMatchObject([{ serverId: "a", names: ["own"], actor, endedAt: undefined }]);
  expect(await leaseOf("a")).toMatchObject({
    $case: "override",
    value: { term: 7n, actor, timeLeft: undefined },
  });
  const { report } = await wired.renew({ decision: { $case: "probe", value: {} } });
  expect(report?.state?.$case).toBe("override");
});

test("the contact with the monitor ends it, and the history says when and why", async () => {
  await wired.start(asked(["own"]));
  const contact = { $case: "contact", value: {} };
  const { channels } = await wired.renew({ decision: contact, order: order("a", 8n) });
  expect(channels[0]?.activity).not.toBe(Activity.ACTIVITY_STARTED);
  await expect
    .poll(async () => (await wired.get("own")).channel?.activity, { timeout: 10_000 })
    .toBe(Activity.ACTIVITY_STOPPED);
  expect((await wired.get("own")).channel?.override).toBeUndefined();
  expect((await leaseOf("a"))?.$case).toBe("none");
  const [ended] = (await wired.list({})).overrides;
  expect(ended).toMatchObject({ endedAt: expect.any(Date) });
  expect(ended?.endedBecause).toContain("The monitor answered");
});

test("a lease takes its place, and the program runs on", async () => {
  await wired.start(asked(["own"]));
  const pid = (await wired.get("own")).channel?.pid;
  const deadline = { $case: "deadline", value: toDuration(clock.bootMs() + 60_000) };
  await wired.renew({ decision: deadline, order: order("a", 8n), streamSerial: 1n });
  const { channel } = await wired.get("own");
  expect(channel).toMatchObject({ pid, activity: Activity.ACTIVITY_STARTED });
  expect(channel?.override).toBeUndefined();
  const held = await failureOf(wired.start(asked(["own"])));
  expect(held).toMatchObject({ reason: "MONITOR_ANSWERS" });
  expect(held.message).toContain("the lease of term 8");
});

test("without a name and a reason nobody breaks the glass, nor under an order", async () => {
  const bare = { names: ["own"], override: { serverId: "a" } };
  const wordless = await failureOf(wired.start(bare));
  expect(wordless).toMatchObject({ reason: "INVALID_INPUT" });
  expect(wordless.message).toContain("actor.reason");
  const mixed = await failureOf(wired.start({ ...asked(["own"]), order: order("a", 1n) }));
  expect(mixed.message).toContain("order");
  const nobody = await failureOf(wired.start(asked(["own"], "")));
  expect(nobody.message).toContain("override.server_id");
  expect((await wired.list({})).overrides).toEqual([]);
});

test("while the heartbeat service has an answer, an override is refused", async () => {
  const monitorUntil = toDuration(clock.bootMs() + 60_000);
  const probe = { $case: "probe", value: {} };
  await wired.renew({ decision: probe, monitorUntil });
  const refused = await failureOf(wired.start(asked(["own"])));
  expect(refused).toMatchObject({ reason: "MONITOR_ANSWERS", metadata: { serverId: "a" } });
  await wired.renew({ decision: probe });
  expect((await wired.start(asked(["own"]))).results).toMatchObject([{ ok: true }]);
});

test("while a monitor of the server watches, an override for it is refused", async () => {
  const request = wire.WatchChannelsRequest.create({ monitorOf: ["b", "elsewhere"] });
  const watch = wired.client.watchChannels(request);
  watch.on("error", () => undefined);
  await new Promise((resolve) => watch.once("data", resolve));
  const refused = await failureOf(wired.start(asked(["lent"], "b")));
  expect(refused).toMatchObject({ reason: "MONITOR_ANSWERS", metadata: { serverId: "b" } });
  watch.cancel();
  const start = () => wired.start(asked(["lent"], "b")).catch(() => ({ results: [] }));
  await expect.poll(start, { timeout: 10_000 }).toMatchObject({ results: [{ ok: true }] });
});

test("a monitor_of that names no server is refused", async () => {
  const request = wire.WatchChannelsRequest.create({ monitorOf: ["b", "no such id"] });
  const watch = wired.client.watchChannels(request);
  const ended = new Promise<Error>((resolve) => watch.once("error", resolve));
  watch.resume();
  expect((await ended).message).toContain("INVALID_ARGUMENT");
});

test("a start order takes a borrowed channel over as it runs; a stop order ends it", async () => {
  await wired.start(asked(["lent"], "b"));
  const pid = (await wired.get("lent")).channel?.pid;
  await wired.start({ names: ["lent"], order: order("b", 2n) });
  const { channel } = await wired.get("lent");
  expect(channel).toMatchObject({ pid, activity: Activity.ACTIVITY_STARTED, override: undefined });
  await wired.stop({ names: ["*"], order: order("b", 3n) });
  await wired.start(asked(["lent"], "b"));
  await wired.stop({ names: ["*"], order: order("b", 4n) });
  expect((await wired.get("lent")).channel?.activity).toBe(Activity.ACTIVITY_STOPPED);
  const reasons = (await wired.list({})).overrides.map((each) => each.endedBecause);
  expect(reasons).toEqual([expect.any(String), "The monitor ordered a start under term 2"]);
});

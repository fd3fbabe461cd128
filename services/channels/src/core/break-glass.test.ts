// Rules of R10: who may break the glass, what runs then, and what ends it.

import { expect, test } from "vitest";
import { endedOverrides } from "./break-glass.ts";
import { changeBetween, endingsBetween, restore } from "./durable.ts";
import {
  at,
  becomeGone,
  becomeReady,
  decideOn,
  grant,
  launches,
  order,
  settings,
  stateWith,
  wish,
} from "./state.fixture.ts";
import type { State } from "./state.ts";
import { nextWakeMs } from "./step.ts";

const anna = { name: "anna", reason: "the monitor is gone" };

const ask = (bootMs: number, state: State, names = ["own"], serverId = "a") => {
  const because = "Started by anna without a lease or order";
  return at(bootMs, state, { type: "override_asked", serverId, names, actor: anna, because });
};

/** Server "a" after its lease of term 3 has ended, with its own channel run by an override. */
function broken(bootMs = 5000): State {
  const held = grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state;
  const ended = at(1790, becomeReady(1001, held, "own"), { type: "time_passed" }).state;
  return becomeReady(bootMs, ask(bootMs, becomeGone(1800, ended, "own").state).state, "own");
}

const contact = (bootMs: number, state: State, deadlineMs?: number) =>
  decideOn(bootMs, state, { kind: "contact", order: order("a", 4n), deadlineMs });

test("an override starts own channels under the newest term known, with no deadline", () => {
  const held = grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state;
  const ended = at(1790, held, { type: "time_passed" }).state;
  const before = becomeGone(1800, ended, "own").state;
  const { state, effects, verdicts } = ask(5000, before);
  expect(verdicts).toEqual([{ name: "own", refusedBecause: undefined }]);
  expect(effects).toMatchObject([{ type: "launch", order: order("a", 3n), killAtMs: undefined }]);
  expect(state.lease.state).toBe("ended");
  expect(state.channels.get("own")?.override?.actor).toEqual(anna);
  expect(nextWakeMs(state)).toBeUndefined();
});

test("an override is durable before anything starts", () => {
  const before = stateWith();
  const { state } = ask(5000, before);
  expect(changeBetween(before, state)?.overrides).toMatchObject([
    { number: 1, serverId: "a", names: ["own"], actor: anna, endedWallMs: undefined },
  ]);
});

test("nobody breaks the glass while a lease is held", () => {
  const held = grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state;
  expect(ask(1100, held)).toMatchObject({ refusedBecause: "MONITOR_ANSWERS", state: held });
});

test("nobody breaks the glass until the heartbeat service has no answer for long enough", () => {
  const probe = { kind: "probe" } as const;
  const told = { type: "lease_decided", decision: probe, streamSerial: 1n } as const;
  const heard = at(1000, stateWith(), { ...told, monitorUntilMs: 2000 }).state;
  expect(ask(1999, heard).refusedBecause).toBe("MONITOR_ANSWERS");
  expect(ask(2000, heard).refusedBecause).toBeUndefined();
  const lost = at(1500, heard, { ...told, monitorUntilMs: undefined }).state;
  expect(ask(1501, lost).refusedBecause).toBeUndefined();
});

test("nobody breaks the glass for a server whose monitor watches the channels here", () => {
  const watch = { type: "monitor_watch_changed", serverIds: ["b"] } as const;
  const once = at(0, stateWith(), { ...watch, isOpen: true }).state;
  const twice = at(1, once, { ...watch, isOpen: true }).state;
  const left = at(2, twice, { ...watch, isOpen: false }).state;
  expect(ask(3, left, ["lent"], "b").refusedBecause).toBe("MONITOR_ANSWERS");
  expect(ask(3, left).refusedBecause).toBeUndefined();
  const gone = at(4, left, { ...watch, isOpen: false }).state;
  expect(launches(ask(5, gone, ["lent"], "b").effects)).toEqual(["lent"]);
});

test("where channels start without a lease there is no glass to break", () => {
  const state = stateWith({ protection: "none" });
  expect(ask(0, state).refusedBecause).toBe("OVERRIDE_NOT_NEEDED");
  const undecided = ask(0, stateWith({ protection: undefined }));
  expect(undecided.verdicts[0]?.refusedBecause).toBe("PROTECTION_UNKNOWN");
  expect(undecided.state.overrides.size).toBe(0);
});

test("an override touches no channel of another server, and none that is local", () => {
  const { verdicts, state } = ask(0, stateWith(), ["lent", "local", "gone"]);
  const reasons = verdicts.map((each) => each.refusedBecause);
  expect(reasons).toEqual(["NOT_PROTECTED", "NOT_PROTECTED", "UNKNOWN_CHANNEL"]);
  expect(state.overrideHistory).toEqual([]);
  expect(launches(ask(0, stateWith(), ["*"]).effects)).toEqual(["own"]);
});

test("a channel that crashes under an override starts again", () => {
  const crashed = becomeGone(6000, broken(), "own").state;
  expect(crashed.channels.get("own")?.activity).toBe("restarting");
  expect(launches(at(7000, crashed, { type: "time_passed" }).effects)).toEqual(["own"]);
});

test("an override does not outlive the channels service", () => {
  const before = broken();
  const kept = [...before.channels.values()];
  const orders = [...before.orders.values()];
  const overrides = before.overrideHistory;
  const again = restore({ orders, leaseOrder: undefined, channels: kept, overrides }, settings, 9);
  const { state, effects } = at(9000, again, { type: "earlier_life_cleared" });
  expect(launches(effects)).toEqual(["local"]);
  expect(state.overrides.size).toBe(0);
  expect(endingsBetween(again, state)).toMatchObject([
    { endedWallMs: 9000, endedBecause: "The channels service was restarted" },
  ]);
});

test("a contact without a lease to come stops the channels within a stop budget", () => {
  const { state, effects } = contact(6000, broken());
  expect(effects).toEqual([{ type: "stop_run", name: "own", run: 2, killAtMs: 6150 }]);
  expect(state.overrides.size).toBe(0);
  expect(state.channels.get("own")).toMatchObject({ activation: "active", override: undefined });
});

test("a contact bars no term: the lease of that very term starts the channels again", () => {
  const stopped = becomeGone(6100, contact(6000, broken()).state, "own").state;
  const leased = grant(6200, stopped, { term: 4n, deadlineMs: 7000 });
  expect(leased.refusedBecause).toBeUndefined();
  expect(launches(leased.effects)).toEqual(["own"]);
});

test("while the lease is on its way the channels run on, with a deadline like a lease's", () => {
  const { state, effects } = contact(6000, broken(), 6750);
  expect(effects).toEqual([{ type: "move_kill", name: "own", run: 2, killAtMs: 6700 }]);
  expect(state.overrideHistory[0]?.endedBecause).toMatch("The monitor answered");
  expect(nextWakeMs(state)).toBe(6540);
  const later = contact(6200, state, 6950).state;
  expect(nextWakeMs(later)).toBe(6740);
  expect(ask(6300, later).refusedBecause).toBe("MONITOR_ANSWERS");
});

test("a lease takes the place of an override without a restart", () => {
  const bound = contact(6000, broken(), 6750).state;
  const leased = grant(6100, bound, { term: 4n, deadlineMs: 6850 });
  expect(leased.effects).toEqual([{ type: "move_kill", name: "own", run: 2, killAtMs: 6800 }]);
  expect(leased.state.overrides.size).toBe(0);
  expect(leased.state.channels.get("own")).toMatchObject({
    activity: "started",
    order: order("a", 4n),
    runOrder: order("a", 3n),
    override: undefined,
  });
});

test("without the lease it ends by its deadline, whatever becomes of the monitor", () => {
  const bound = contact(6000, broken(), 6750).state;
  const { state, effects } = at(6540, bound, { type: "time_passed" });
  expect(effects).toEqual([{ type: "stop_run", name: "own", run: 2, killAtMs: 6690 }]);
  expect(state.overrides.size).toBe(0);
  expect(changeBetween(bound, state)).toBeUndefined();
});

test("a withdrawal stops the channels although its term was barred before", () => {
  const decision = { kind: "withdraw", order: order("a", 3n), because: "the backup" } as const;
  const { state, effects } = decideOn(6000, broken(), decision);
  expect(effects).toMatchObject([{ type: "stop_run", name: "own" }]);
  expect(state.overrides.size).toBe(0);
});

test("what an older monitor or an older stream says is no contact", () => {
  const stale = { kind: "contact", order: order("a", 2n), deadlineMs: undefined } as const;
  expect(decideOn(6000, broken(), stale)).toMatchObject({ refusedBecause: "STALE_TERM" });
  const probe = decideOn(6000, broken(), { kind: "probe" });
  expect(probe.state.overrides.size).toBe(1);
  const cut = decideOn(6000, broken(), { kind: "cut", deadlineMs: 6100 });
  expect(cut.state.overrides.size).toBe(1);
});

test("a grant that cannot be kept bounds the override all the same", () => {
  const late = grant(6000, broken(), { term: 3n, deadlineMs: 6750 });
  expect(late).toMatchObject({ refusedBecause: "LEASE_ENDED" });
  expect(nextWakeMs(late.state)).toBe(6540);
});

test("a borrowed channel is taken over by a start order as it runs", () => {
  const state = becomeReady(1, ask(0, stateWith(), ["lent"], "b").state, "lent");
  const asked = { type: "start_asked", ...wish(["lent"], order("b", 2n)) } as const;
  const taken = at(2, state, asked);
  expect(taken.effects).toEqual([]);
  expect(taken.state.overrides.size).toBe(0);
  expect(taken.state.channels.get("lent")).toMatchObject({
    activity: "started",
    order: order("b", 2n),
    override: undefined,
  });
});

test("the question of a gate stops what is borrowed by an override, whatever it names", () => {
  const state = becomeReady(1, ask(0, stateWith(), ["lent"], "b").state, "lent");
  const asked = { type: "stop_asked", ...wish(["other"], order("b", 2n)) } as const;
  const { state: stopped, effects } = at(2, state, asked);
  expect(effects).toMatchObject([{ type: "stop_run", name: "lent" }]);
  expect(stopped.overrides.size).toBe(0);
});

test("an operator who stops the channels ends the override", () => {
  const { state } = at(6000, broken(), { type: "stop_asked", ...wish(["own"]) });
  expect(state.overrides.size).toBe(0);
  expect(state.overrideHistory[0]).toMatchObject({ endedWallMs: 6000, endedBecause: "test" });
});

test("a failure under an override stays visible, and is forgiven with its end", () => {
  const state = broken();
  const channel = state.channels.get("own");
  if (channel === undefined) throw new Error("there is no channel");
  const failed = new Map(state.channels).set("own", { ...channel, activity: "failed" as const });
  const { state: after, effects } = contact(6000, { ...state, channels: failed });
  expect(effects).toEqual([]);
  expect(after.channels.get("own")).toMatchObject({ activity: "failed", override: undefined });
});

test("what ends an override is told apart from what begins another one", () => {
  const state = broken();
  expect(endedOverrides(state, contact(6000, state).state)).toEqual(["a"]);
  expect(endedOverrides(state, contact(6000, state, 6750).state)).toEqual(["a"]);
  const again = ask(6000, state).state;
  expect(endedOverrides(state, again)).toEqual([]);
  expect(again.overrideHistory.map((each) => each.endedBecause)).toEqual([
    "",
    "A further override took its place",
  ]);
});

test("a stopping service starts nothing by an override", () => {
  const stopping = at(0, stateWith(), { type: "service_stop_asked" }).state;
  expect(ask(1, stopping).verdicts).toEqual([{ name: "own", refusedBecause: "STOPPING" }]);
  const before = broken();
  const { state } = at(6000, before, { type: "service_stop_asked" });
  expect(state.overrides.size).toBe(0);
});

test("a further override takes the place of the first, and the contact ends both", () => {
  const first = broken();
  const { state, effects } = ask(6000, first, ["local", "own"]);
  expect(effects).toEqual([]);
  expect(state.overrideHistory).toMatchObject([
    { number: 2, endedWallMs: undefined },
    { number: 1, endedBecause: "A further override took its place" },
  ]);
  const met = contact(7000, state);
  expect(met.effects).toMatchObject([{ type: "stop_run", name: "own", killAtMs: 7150 }]);
  expect(met.state.overrides.size).toBe(0);
});

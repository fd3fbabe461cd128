import { expect, test } from "vitest";
import { changeBetween } from "./durable.ts";
import {
  at,
  becomeGone,
  becomeReady,
  decideOn,
  grant,
  launches,
  order,
  stateWith,
  wish,
} from "./state.fixture.ts";
import { nextWakeMs } from "./step.ts";
import type { State } from "./state.ts";
import { orderedServersMax } from "./wish.ts";

const activityOf = (state: State, name: string) => state.channels.get(name)?.activity;
test("after a restart own channels wait for a lease, borrowed ones for an order", () => {
  const { effects } = at(0, stateWith(), { type: "earlier_life_cleared" });
  expect(launches(effects)).toEqual(["local"]);
});

test("without protection own channels start like local ones", () => {
  const { effects } = at(0, stateWith({ protection: "none" }), { type: "earlier_life_cleared" });
  expect(launches(effects)).toEqual(["own", "local"]);
});

test("the first lease of a term starts what is own, and its guard knows when to kill", () => {
  const { state, effects } = grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 });
  expect(effects).toMatchObject([
    { type: "launch", definition: { name: "own" }, order: order("a", 3n), killAtMs: 1950 },
  ]);
  expect(changeBetween(stateWith(), state)).toMatchObject({
    orders: [order("a", 3n)],
    leaseOrder: order("a", 3n),
  });
});

test("a renewal stores nothing and moves the guard", () => {
  const held = becomeReady(
    1000,
    grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state,
    "own",
  );
  const renewed = grant(1100, held, { term: 3n, deadlineMs: 2100 });
  expect(changeBetween(held, renewed.state)).toBeUndefined();
  expect(renewed.effects).toEqual([{ type: "move_kill", name: "own", run: 1, killAtMs: 2050 }]);
  expect(nextWakeMs(renewed.state)).toBe(1890);
});

test("an order fences also when its decision comes on an older stream", () => {
  const cut = { kind: "cut", deadlineMs: 9_000 } as const;
  const told = { type: "lease_decided", decision: cut, streamSerial: 9n } as const;
  const later = at(0, stateWith(), { ...told, monitorUntilMs: undefined });
  const old = grant(1, later.state, { term: 3n, deadlineMs: 9_000 });
  expect(old).toMatchObject({ refusedBecause: "OLD_STREAM", effects: [] });
  expect(old.state.orders.get("a")).toEqual(order("a", 3n));
});

test("a lease that is not renewed ends at its stop budget, with a kill before its deadline", () => {
  const held = becomeReady(
    1000,
    grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state,
    "own",
  );
  const { state, effects } = at(1790, held, { type: "time_passed" });
  expect(state.lease.state).toBe("ended");
  expect(effects).toEqual([{ type: "stop_run", name: "own", run: 1, killAtMs: 1950 }]);
  expect(activityOf(becomeGone(1800, state, "own").state, "own")).toBe("stopped");
});

test("a renewal that comes after the stop budget has begun is refused", () => {
  const held = becomeReady(
    1000,
    grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state,
    "own",
  );
  const late = grant(1795, held, { term: 3n, deadlineMs: 2800 });
  expect(late.refusedBecause).toBe("LEASE_ENDED");
  expect(activityOf(late.state, "own")).toBe("stopping");
});

test("a stop by order ends the lease of its term: a late renewal starts nothing", () => {
  const held = becomeReady(
    1000,
    grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state,
    "own",
  );
  const stopped = at(1100, held, { type: "stop_asked", ...wish(["*"], order("a", 3n)) });
  expect(stopped.effects).toMatchObject([
    { type: "stop_run", killAtMs: 1950 },
    { type: "stop_run" },
  ]);
  const renewed = grant(1150, stopped.state, { term: 3n, deadlineMs: 2100 });
  expect(renewed).toMatchObject({ refusedBecause: "LEASE_ENDED", effects: [] });
});

test("a held lease under a higher term keeps its channels running", () => {
  const held = becomeReady(
    1000,
    grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state,
    "own",
  );
  const next = grant(1100, held, { term: 5n, deadlineMs: 2100 });
  expect(next.effects.map((each) => each.type)).toEqual(["move_kill"]);
  expect(next.state.channels.get("own")).toMatchObject({
    activity: "started",
    order: { term: 5n },
  });
});

test("an order with a lower term changes nothing, not even after a stop of nothing", () => {
  const fenced = at(0, stateWith(), { type: "stop_asked", ...wish(["*"], order("b", 4n)) }).state;
  const late = at(1, fenced, { type: "start_asked", ...wish(["lent"], order("b", 3n)) });
  expect(late).toMatchObject({ refusedBecause: "STALE_TERM", state: fenced, effects: [] });
});

test("orders for servers that protect nothing here fill a bounded table", () => {
  const orders = Array.from({ length: orderedServersMax }, (_, index) => order(`s${index}`, 1n));
  const full = stateWith({}, { orders });
  const refused = at(0, full, { type: "stop_asked", ...wish(["*"], order("stranger", 1n)) });
  expect(refused).toMatchObject({ refusedBecause: "TOO_MANY_SERVERS", state: full });
  for (const serverId of ["s1", "b", "a"]) {
    const { state } = at(0, full, { type: "stop_asked", ...wish(["*"], order(serverId, 2n)) });
    expect(state.orders.get(serverId)).toEqual(order(serverId, 2n));
  }
});

test("an order for one server leaves all other channels alone", () => {
  const { verdicts, effects } = at(0, stateWith(), {
    type: "start_asked",
    ...wish(["local", "lent", "gone"], order("b", 1n)),
  });
  expect(verdicts.map((each) => each.refusedBecause)).toEqual([
    "NOT_PROTECTED",
    undefined,
    "UNKNOWN_CHANNEL",
  ]);
  expect(launches(effects)).toEqual(["lent"]);
});

test("protected channels do not start on an operator's wish alone", () => {
  const { verdicts, effects } = at(0, stateWith(), { type: "start_asked", ...wish(["*"]) });
  expect(verdicts).toEqual([
    { name: "lent", refusedBecause: "ORDER_REQUIRED" },
    { name: "local", refusedBecause: undefined },
    { name: "own", refusedBecause: "LEASE_REQUIRED" },
  ]);
  expect(launches(effects)).toEqual(["local"]);
});

test("a start by order of its own server needs the lease of that very term", () => {
  const held = grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state;
  const other = at(1001, held, { type: "start_asked", ...wish(["own"], order("a", 4n)) });
  expect(other.verdicts).toEqual([{ name: "own", refusedBecause: "LEASE_REQUIRED" }]);
});

test("a started channel takes over a newer term without a restart", () => {
  const first = at(0, stateWith(), {
    type: "start_asked",
    ...wish(["lent"], order("b", 1n)),
  }).state;
  const running = becomeReady(1, first, "lent");
  const again = at(2, running, { type: "start_asked", ...wish(["lent"], order("b", 2n)) });
  expect(again.effects).toEqual([]);
  expect(again.state.channels.get("lent")).toMatchObject({ run: 1, order: { term: 2n } });
});

test("a channel tells the order that its program was started under, not one it took over", () => {
  const first = at(0, stateWith(), { type: "start_asked", ...wish(["lent"], order("b", 1n)) });
  const running = becomeReady(1, first.state, "lent");
  const taken = at(2, running, { type: "start_asked", ...wish(["lent"], order("b", 2n)) }).state;
  expect(taken.channels.get("lent")?.runOrder).toEqual(order("b", 1n));
  expect(taken.orders.get("b")).toEqual(order("b", 2n));
  const ended = becomeGone(3, taken, "lent").state;
  const again = at(1_000, ended, { type: "time_passed" });
  expect(again.effects).toMatchObject([{ type: "launch", order: order("b", 2n) }]);
  expect(changeBetween(ended, again.state)).toBeUndefined();
  expect(again.state.channels.get("lent")?.runOrder).toEqual(order("b", 2n));
});

test("a stop by order makes borrowed channels INACTIVE and leaves own ones ACTIVE", () => {
  const lent = at(0, stateWith(), { type: "stop_asked", ...wish(["*"], order("b", 1n)) }).state;
  expect(lent.channels.get("lent")?.activation).toBe("inactive");
  const own = at(0, stateWith(), { type: "stop_asked", ...wish(["*"], order("a", 1n)) }).state;
  expect(own.channels.get("own")?.activation).toBe("active");
});

test("an undeployed channel is forgotten only when it is gone", () => {
  const started = at(0, stateWith(), { type: "earlier_life_cleared" }).state;
  const leaving = at(1, started, { type: "channel_undeployed", name: "local" }).state;
  expect(activityOf(leaving, "local")).toBe("stopping");
  const { state } = becomeGone(2, leaving, "local");
  expect(state.channels.has("local")).toBe(false);
  expect(changeBetween(leaving, state)).toMatchObject({ forgotten: ["local"] });
});

test("a stopping service ends the lease and takes no new one", () => {
  const held = becomeReady(
    1000,
    grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }).state,
    "own",
  );
  const stopping = at(1100, held, { type: "service_stop_asked" });
  expect(stopping.effects).toMatchObject([{ type: "stop_run", name: "own", killAtMs: 1950 }]);
  const granted = grant(1200, stopping.state, { term: 4n, deadlineMs: 3000 });
  expect(granted).toMatchObject({ refusedBecause: "STOPPING", effects: [] });
});

test("without protection a withdrawal stops the channels until a newer term allows them", () => {
  const started = at(0, stateWith({ protection: "none" }), { type: "earlier_life_cleared" }).state;
  const decision = { kind: "withdraw", order: order("a", 2n), because: "switchover" } as const;
  const withdrawn = decideOn(1, started, decision);
  expect(withdrawn.effects).toMatchObject([{ type: "stop_run", name: "own" }]);
  const gone = becomeGone(2, withdrawn.state, "own").state;
  expect(grant(3, gone, { term: 2n, deadlineMs: 9000 }).effects).toEqual([]);
  expect(launches(grant(3, gone, { term: 3n, deadlineMs: 9000 }).effects)).toEqual(["own"]);
});

// Which trace a program is started for. What else comes of a wish is in step.test.ts.

import { expect, test } from "vitest";
import type { Step } from "./state.ts";
import {
  at,
  becomeGone,
  becomeReady,
  definitionOf,
  grant,
  order,
  stateWith,
  wish,
} from "./state.fixture.ts";

const traced = (traceparent?: string) => ({ ...wish(["lent"], order("b", 1n)), traceparent });
const started = (traceparent?: string) =>
  at(0, stateWith(), { type: "start_asked", ...traced(traceparent) });
const tracesOf = ({ effects }: Step) =>
  effects.flatMap((each) => (each.type === "launch" ? [each.traceparent] : []));

test("a program is started for the trace of the wish", () => {
  expect(tracesOf(started("dead"))).toEqual(["dead"]);
  expect(tracesOf(started())).toEqual([undefined]);
});

test("what is started again after a failure is started for the same trace", () => {
  const { state } = becomeGone(1, becomeReady(0, started("dead").state, "lent"), "lent");
  expect(tracesOf(at(1_000, state, { type: "time_passed" }))).toEqual(["dead"]);
});

test("a stop has a trace of its own, and what starts after it does not inherit it", () => {
  const { state } = started("dead");
  const stopped = at(1, becomeReady(0, state, "lent"), { type: "stop_asked", ...traced("live") });
  expect(stopped.state.channels.get("lent")?.traceparent).toBe("live");
  const gone = becomeGone(2, stopped.state, "lent").state;
  expect(tracesOf(at(3, gone, { type: "start_asked", ...traced() }))).toEqual([undefined]);
});

test("a changed definition is started for the trace that the channel ran for", () => {
  const definition = definitionOf("lent", {
    protectedBy: "b",
    stop: { signal: "SIGINT", timeoutMs: 1 },
  });
  const running = becomeReady(0, started("dead").state, "lent");
  const deployed = { definition, digest: "new", activation: "active" } as const;
  const stopping = at(1, running, { type: "channel_deployed", ...deployed });
  expect(tracesOf(becomeGone(2, stopping.state, "lent"))).toEqual(["dead"]);
});

test("what a lease starts belongs to no trace: nobody tells one with a heartbeat", () => {
  expect(tracesOf(grant(1000, stateWith(), { term: 3n, deadlineMs: 2000 }))).toEqual([undefined]);
});

import { expect, test } from "vitest";
import { joinSignals } from "./join-signals.ts";
import { makeSignal } from "./views.fixture.ts";

test("a signal that came live and in a list is one signal, and the newest is first", () => {
  const old = makeSignal({ signalId: "9", atMs: 1 });
  const young = makeSignal({ signalId: "10", atMs: 2 });
  const twin = makeSignal({ signalId: "11", atMs: 2 });
  const joined = joinSignals([
    [young, old],
    [old, twin],
  ]);
  expect(joined.map(({ signalId }) => signalId)).toEqual(["11", "10", "9"]);
});

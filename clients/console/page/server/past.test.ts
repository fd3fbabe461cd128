import { expect, test } from "vitest";
import type { HistoryView } from "../../src/view/explanation.ts";
import { makeServer, makeSignal } from "../stream/views.fixture.ts";
import { joinPast } from "./past.ts";

const change: HistoryView = {
  atMs: 20,
  text: "The gate is passed",
  actor: undefined,
  term: "2",
  evidence: "",
  refusal: "",
};

test("signals and changes of a server are one past, the newest first", () => {
  const signals = [
    makeSignal({ atMs: 30, signal: "DEAD", because: "silence", evidence: "gaps" }),
    makeSignal({ atMs: 10 }),
  ];
  const past = joinPast(makeServer(), [change], signals);
  expect(past.map(({ atMs, signal }) => [atMs, signal])).toEqual([
    [30, "DEAD"],
    [20, undefined],
    [10, "LIVE"],
  ]);
  expect(past[0]).toMatchObject({ text: "silence", evidence: "gaps" });
});

test("signals of other servers, and of other monitors, are not its past", () => {
  const signals = [makeSignal({ serverId: "primary-2" }), makeSignal({ toldBy: "backup-2" })];
  expect(joinPast(makeServer(), [], signals)).toEqual([]);
});

import { expect, test } from "vitest";
import { decidedBy } from "./past-decision.ts";
import { transitions } from "./transitions.ts";

const told = transitions.filter(({ signal }) => signal !== undefined);

test.each(told)("a stored rule leads to its row: $from on $on", (row) => {
  const { from, on, because, signal = "LIVE" } = row;
  expect(decidedBy({ signal, because, rule: { from, on } })).toEqual(row);
});

test("the reason of the signal stands, also where a drill has added to it", () => {
  const rule = { from: "live", on: "threshold_passed" } as const;
  const because = "No good heartbeat for the threshold (a drill)";
  expect(decidedBy({ signal: "DEAD", because, rule })).toMatchObject({ ...rule, because });
});

test("without a stored rule the reason tells the row, where only one has it", () => {
  const because = "No good heartbeat for the threshold";
  const rule = undefined;
  expect(decidedBy({ signal: "DEAD", because, rule })).toMatchObject({ from: "live", to: "dead" });
});

test("a reason that several rows have leaves the state before open", () => {
  const because = "It said that it stops in good order";
  const row = decidedBy({ signal: "CLOSE", because, rule: undefined });
  expect(row).toMatchObject({ from: undefined, on: "close_received", to: "closed" });
});

test("a reason that no row has leads to none", () => {
  expect(decidedBy({ signal: "DEAD", because: "magic", rule: undefined })).toBeUndefined();
});

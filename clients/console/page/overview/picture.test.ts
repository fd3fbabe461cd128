import { expect, test } from "vitest";
import { makeChannel, makeServer, makeSnapshot } from "../stream/views.fixture.ts";
import { backupBoxes, type PictureSources, primaryBox } from "./picture.ts";

const { channels } = makeSnapshot();
const heard: PictureSources = {
  channels,
  isMonitorUp: true,
  areChannelsUp: () => true,
  channelsHeardAtMs: () => 70,
};

test("a box has the channels of its server, and apart from them its own work", () => {
  const server = makeServer();
  expect(primaryBox(server, heard).channels.map(({ name }) => name)).toEqual([
    "orders",
    "invoices",
  ]);
  const [backup] = backupBoxes(server, heard);
  expect(backup?.channels.map(({ name, activation }) => `${name} ${activation}`)).toEqual([
    "orders INACTIVE",
    "invoices INACTIVE",
  ]);
  expect(backup?.own.map(({ name }) => name)).toEqual(["reports"]);
});

test("the side that the channels are assigned to is marked, and no other", () => {
  const sidesOf = (assignment: "PRIMARY" | "BACKUP" | "NOBODY") => {
    const server = makeServer({ assignment });
    return [primaryBox(server, heard), ...backupBoxes(server, heard)].map((box) => box.isAssigned);
  };
  expect(sidesOf("PRIMARY")).toEqual([true, false]);
  expect(sidesOf("BACKUP")).toEqual([false, true]);
  expect(sidesOf("NOBODY")).toEqual([false, false]);
});

test("what a silent channels service told last is never told as true", () => {
  const from = { ...heard, isMonitorUp: false, areChannelsUp: () => false };
  const server = makeServer();
  const boxes = [primaryBox(server, from), ...backupBoxes(server, from)];
  for (const box of boxes) {
    expect(box.isReached).toBe(false);
    expect(box.channels).toMatchObject([
      { isToldNow: false, heardAtMs: 70 },
      { isToldNow: false, heardAtMs: 70 },
    ]);
  }
});

test("where the gateway hears no channels service, the monitor's word is shown", () => {
  const from = { ...heard, channels: [], areChannelsUp: () => false };
  const [backup] = backupBoxes(makeServer(), from);
  expect(backup?.channels).toMatchObject([
    { name: "orders", activity: "STOPPED", isToldNow: true, activation: undefined },
    { name: "invoices" },
  ]);
});

test("a dead server's channels are not told as true by its monitor either", () => {
  const from = { ...heard, channels: [], areChannelsUp: () => false };
  const { channels: boxed, isReached } = primaryBox(makeServer({ state: "DEAD" }), from);
  expect(isReached).toBe(false);
  expect(boxed.every(({ isToldNow }) => !isToldNow)).toBe(true);
});

test("a channel that runs by the word of an operator is marked", () => {
  const override = { name: "anna", reason: "fire", sinceAtMs: 0 };
  const from = { ...heard, channels: [makeChannel({ override })] };
  expect(primaryBox(makeServer(), from).channels).toMatchObject([{ isOverridden: true }]);
});

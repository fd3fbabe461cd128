import { describe, expect, test } from "vitest";
import type { ChannelView } from "../../src/view/channel.ts";
import { makeChannel } from "../stream/views.fixture.ts";
import { isTrouble, passesFilter, readChannelFilter } from "./channel-filter.ts";

const filterOf = (query: string) => readChannelFilter(new URLSearchParams(query));

test("a channel is found by part of its name, or of its owner's id", () => {
  const channel = makeChannel({ name: "orders-eu", protectedBy: "primary-7" });
  for (const text of ["", "EU", "ary-7"]) {
    expect(passesFilter(channel, filterOf(`text=${text}`), [])).toBe(true);
  }
  expect(passesFilter(channel, filterOf("text=invoices"), [])).toBe(false);
});

test("channels are listed by what they do", () => {
  const stopped = makeChannel({ activity: "STOPPED", activation: "INACTIVE" });
  expect(passesFilter(stopped, filterOf("kind=stopped"), [])).toBe(true);
  expect(passesFilter(stopped, filterOf("kind=started"), [])).toBe(false);
  expect(passesFilter(stopped, filterOf("kind=trouble"), [])).toBe(false);
  expect(passesFilter(stopped, filterOf("kind=nonsense"), [])).toBe(true);
});

describe("trouble is", () => {
  const override = { name: "anna", reason: "fire", sinceAtMs: 0 };
  const cases: readonly (readonly [string, Partial<ChannelView>])[] = [
    ["a channel that has failed", { activity: "FAILED" }],
    ["a channel that keeps ending", { activity: "RESTARTING" }],
    ["a channel that is meant to run and does not", { activity: "STOPPED" }],
    ["a channel that runs by an override", { override }],
  ];
  test.each(cases)("%s", (_, fields) => {
    expect(isTrouble(makeChannel(fields), [])).toBe(true);
  });

  test("a channel that would not be the same elsewhere", () => {
    expect(isTrouble(makeChannel(), [{ server: "backup-1", isEqual: true }])).toBe(false);
    expect(isTrouble(makeChannel(), [{ server: "backup-1", isEqual: false }])).toBe(true);
  });
});

import type { SignalName } from "@hot-backup/testbed/signal-name.ts";
import { expect, test } from "vitest";
import { checkSignals, type ToldSignal } from "./signals.ts";

const names: readonly SignalName[] = ["LIVE", "DEAD", "LIVE", "CLOSE", "LIVE"];
const sound: readonly ToldSignal[] = names.map((name, index) => {
  return { id: BigInt(index + 1), name, term: BigInt(index * 2 + 1) };
});

test("what was told once, in order, breaks nothing", () => {
  expect(checkSignals(sound, sound)).toEqual([]);
});

test("a signal that the follower missed is found", () => {
  expect(checkSignals(sound.toSpliced(1, 1), sound)).toEqual([
    "I3: the follower missed signal 2, DEAD of term 3",
  ]);
});

test("a signal that was told twice is found", () => {
  expect(checkSignals([...sound, ...sound.slice(-1)], sound)).toEqual([
    "I3: the follower was told twice signal 5, LIVE of term 9",
  ]);
});

test("a signal that the journal has lost is found", () => {
  expect(checkSignals(sound, sound.slice(0, -1))).toEqual([
    "I3: the journal has lost signal 5, LIVE of term 9",
  ]);
});

test.each([
  ["the same state declared twice", { id: 6n, name: "LIVE", term: 11n }],
  ["an id left out", { id: 7n, name: "DEAD", term: 11n }],
  ["a term that did not rise", { id: 6n, name: "DEAD", term: 9n }],
] as const)("%s is found", (_, next) => {
  const listed = [...sound, next];
  expect(checkSignals(listed, listed)).toHaveLength(1);
});

test("a closed server that nobody heard again is never declared dead", () => {
  const listed = [...sound.slice(0, 4), { id: 5n, name: "DEAD", term: 9n } as const];
  expect(checkSignals(listed, listed)).toEqual([
    "I3: after CLOSE there cannot be signal 5, DEAD of term 9",
  ]);
});

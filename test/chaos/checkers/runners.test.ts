import type { WitnessedRun } from "@hot-backup/testbed/evidence.ts";
import { expect, test } from "vitest";
import { checkOwnWork, checkRunners, findGaps } from "./runners.ts";

const second = 1_000_000_000n;

function run(server: string, span: readonly [number, number], more: Partial<WitnessedRun> = {}) {
  const [from, until] = span;
  return {
    channel: "orders",
    server,
    term: 1n,
    pid: 1,
    startNs: BigInt(from) * second,
    endNs: BigInt(until) * second,
    stoppedInOrder: false,
    units: [],
    ...more,
  };
}

function pause(server: string, from: number, until: number) {
  return { server, fromNs: BigInt(from) * second, untilNs: BigInt(until) * second };
}

test("one runner after the other, under rising terms, breaks nothing", () => {
  const runs = [run("primary-1", [1, 5]), run("backup-1", [6, 9], { term: 2n })];
  expect(checkRunners(runs, [])).toMatchObject({ violations: [], wakings: 0 });
});

test("a single instant with two runners is found", () => {
  const runs = [run("primary-1", [1, 6]), run("backup-1", [6, 9], { term: 2n })];
  expect(checkRunners(runs, []).violations).toMatchObject([
    expect.stringMatching(/^I1: orders ran on primary-1 \(term 1\) and backup-1 \(term 2\)/),
  ]);
});

test("two processes of one server are two runners", () => {
  const runs = [run("primary-1", [1, 6]), run("primary-1", [5, 9])];
  expect(checkRunners(runs, []).violations).toHaveLength(1);
});

test("a run under an older term than one before it is found", () => {
  const runs = [run("primary-1", [1, 2], { term: 4n }), run("backup-1", [3, 4], { term: 3n })];
  expect(checkRunners(runs, []).violations).toEqual([
    "I2: orders began on backup-1 under term 3 after 4",
  ]);
});

test("a paused machine may wake up beside a new runner, if it is shot at once", () => {
  const runs = [run("primary-1", [1, 8]), run("backup-1", [6, 9], { term: 2n })];
  const woken = checkRunners(runs, [pause("primary-1", 5, 8)]);
  expect(woken).toMatchObject({ violations: [], wakings: 1, longestWakingMs: 0 });
});

test("a woken runner that works is one too many", () => {
  const units = [{ file: "a.xml", atNs: 8n * second }];
  const runs = [run("primary-1", [1, 8], { units }), run("backup-1", [6, 9], { term: 2n })];
  expect(checkRunners(runs, [pause("primary-1", 5, 8)]).violations).toHaveLength(1);
});

test("a woken runner that lives on is one too many", () => {
  const runs = [run("primary-1", [1, 10]), run("backup-1", [6, 12], { term: 2n })];
  expect(checkRunners(runs, [pause("primary-1", 5, 8)]).violations).toHaveLength(1);
});

test("a pause of another machine, or at another time, excuses nothing", () => {
  const runs = [run("primary-1", [1, 8]), run("backup-1", [6, 9], { term: 2n })];
  for (const other of [
    pause("backup-1", 5, 8),
    pause("primary-1", 2, 4),
    pause("primary-1", 7, 8),
  ]) {
    expect(checkRunners(runs, [other]).violations).toHaveLength(1);
  }
});

test("the gaps of a channel are the times that no run covers", () => {
  const runs = [run("a", [1, 9]), run("b", [2, 3]), run("a", [11, 12]), run("b", [12, 13])];
  expect(findGaps(runs)).toEqual([{ channel: "orders", fromNs: 9n * second, lengthMs: 2000 }]);
});

test("the backup's own channel begins anew only with its channels service", () => {
  const runs = [run("backup-1", [1, 2], { channel: "reports" })];
  expect(checkOwnWork(runs, { channel: "reports", serviceStarts: 1 })).toEqual([]);
  expect(checkOwnWork(runs, { channel: "reports", serviceStarts: 0 })).toHaveLength(1);
});

// One bed, step by step: drills that an operator runs from the command line, on servers whose
// failback is manual. Nothing may be lost, doubled or run twice, as in any failover.

import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  runsOf,
  soundVerdict,
  untilRunningOn,
  untilSignals,
  untilStoppedOn,
  verdictAtEnd,
  watchedServer,
} from "./bed.fixture.ts";
import { breakInvoices } from "./broken-channel.fixture.ts";
import { CommandLine, profileOf } from "./command-line.fixture.ts";

/** Longer than the example's: a channel is to stop in order within the lease, on a busy machine. */
const thresholdMs = 2000;

const why = ["--reason", "every quarter", "--as", "anna"];

let bed: Bed;
let line: CommandLine;
beforeAll(async () => {
  bed = await openBed(watchedServer({ failback: "manual", threshold: `${thresholdMs}ms` }));
  line = new CommandLine(profileOf(bed.servers));
});
afterAll(async () => {
  line?.[Symbol.dispose]();
  await bed?.[Symbol.asyncDispose]();
});

test("a shadow drill tells whether a takeover would pass, and changes nothing", async () => {
  const before = await bed.servers.server();
  const { exitCode, out } = await line.run("drill", "primary-1", "--shadow", ...why);
  expect(out).toContain("a drill now: would pass");
  expect(out).toMatch(/^detection +- +- +2\.0 s +PASSED +the threshold, from the last good/m);
  expect(exitCode).toBe(0);
  const { term, assignment } = await bed.servers.server();
  expect({ term, assignment }).toEqual({ term: before.term, assignment: before.assignment });
});

test("a drill moves the channels to the backup and back, and measures it", async () => {
  const words = ["drill", "primary-1", "--start", "30s", "--handover", "30s", "--yes"];
  const { exitCode, out, err } = await line.run(...words, ...why);
  expect(err).toContain("case DEAD of the flow");
  expect(out).toMatch(/^drill primary-1-drill-2 by SWITCHOVER began /m);
  expect(out).toMatch(/^detection +- +- +2\.0 s +NOT EXERCISED/m);
  expect(out).toMatch(/^release +- +[\d.]+ s +- +PASSED/m);
  expect(out).toMatch(/^start +30 s +[\d.]+ s +- +PASSED/m);
  expect(out).toMatch(/^handover +30 s +[\d.]+ s +- +PASSED/m);
  expect(out).toMatch(/^orders +[\d.]+ s +[\d.]+ s +[\d.]+ s$/m);
  expect(out).toMatch(/^PASSED$/m);
  expect(exitCode).toBe(0);
  await untilRunningOn(bed, "primary");
  await untilStoppedOn(bed, "backup");
  const servers = runsOf(bed.servers, "orders").map((run) => run.server);
  expect(servers).toEqual(["primary-1", "backup-1", "primary-1"]);
  expect(await untilSignals(bed, 1)).toEqual(["LIVE"]);
});

test("a drill by silence goes through a real DEAD, and says that it is a drill", async () => {
  const { exitCode, out } = await line.run("drill", "primary-1", "--silence", "--yes", ...why);
  expect(out).toMatch(/^detection +- +2\.\d s +- +PASSED/m);
  expect(out).toMatch(/^PASSED$/m);
  expect(exitCode).toBe(0);
  expect(await untilSignals(bed, 3)).toEqual(["LIVE", "DEAD", "LIVE"]);
  const [, dead] = await bed.servers.signals();
  expect(dead?.because).toContain("because a drill counts its heartbeats as silence (anna: every");
  expect(await bed.servers.server()).toMatchObject({ recentDeaths: 0, failbackHeld: false });
  await untilRunningOn(bed, "primary");
});

test("a drill that misses its objective fails with exit code 5, and why", async () => {
  const words = ["drill", "primary-1", "--handover", "1ms", "--yes", "--json", ...why];
  const { exitCode, out } = await line.run(...words);
  expect(exitCode).toBe(5);
  const last: unknown = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  expect(last).toMatchObject({
    state: "DRILL_STATE_FAILED",
    because: [expect.stringMatching(/^The handover took .+: the objective is 0\.00 s$/)],
  });
  await untilRunningOn(bed, "primary");
});

test("a backup that cannot start a channel fails the drill, and gives all back", async () => {
  const mend = await breakInvoices(bed);
  const { exitCode, out } = await line.run("drill", "primary-1", "--yes", ...why);
  expect(exitCode).toBe(5);
  expect(out).toMatch(/^FAILED$/m);
  expect(out).toContain("invoices: ");
  await untilRunningOn(bed, "primary");
  await mend();
});

test("drills are kept, newest first, with what they measured", async () => {
  const { exitCode, out } = await line.run("drills");
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^primary-1-drill-5 .+ SWITCHOVER +FAILED /m);
  expect(out).toMatch(/^primary-1-drill-3 .+ SILENCE +PASSED +.+\n +detection 2\.\d s, /m);
  expect(out.indexOf("drill-5")).toBeLessThan(out.indexOf("drill-1"));
  expect((await line.run("explain", "primary-1")).out).toContain("Drill primary-1-drill-3 passed");
});

test("a server that is not live is not drilled", async () => {
  await bed.servers.primary.kill();
  await untilSignals(bed, 4);
  const { exitCode, err } = await line.run("drill", "primary-1", "--yes", ...why);
  expect(exitCode).toBe(1);
  expect(err).toContain('Cannot begin a drill of server "primary-1": it is dead, not live');
  const shadow = await line.run("drill", "primary-1", "--shadow", ...why);
  expect(shadow.exitCode).toBe(5);
  expect(shadow.out).toContain("would fail");
});

test("nothing is lost, doubled, or run twice at once", async () => {
  expect(await verdictAtEnd(bed)).toEqual(soundVerdict);
});

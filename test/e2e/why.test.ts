// One bed, step by step: somebody asks why. A primary is killed, and what the monitor knew when it
// declared it dead is read from the journal, also after the monitor itself has been killed.

import { follow } from "@hot-backup/client/follow.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import {
  ExplainServerRequest,
  GetFlowRequest,
  type Pulse,
  ServerState,
  WatchPulsesRequest,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { primaryId } from "@hot-backup/testbed/two-servers.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bed,
  openBed,
  untilRunningOn,
  untilSignals,
  watchedServer,
  withinMs,
} from "./bed.fixture.ts";
import { CommandLine, profileOf } from "./command-line.fixture.ts";

const thresholdMs = 1500;

let bed: Bed;
let line: CommandLine;
beforeAll(async () => {
  bed = await openBed(watchedServer({ threshold: "1500ms", lease: "1s", failback: "manual" }));
  line = new CommandLine(profileOf(bed.servers));
});
afterAll(async () => {
  line?.[Symbol.dispose]();
  await bed?.[Symbol.asyncDispose]();
});

function explain(signalId = 0n) {
  const { monitor } = bed.servers;
  const request = ExplainServerRequest.fromPartial({ serverId: primaryId, signalId });
  const options = { what: "Cannot explain the server", deadlineMs: withinMs };
  return call(monitor.explainServer.bind(monitor), request, options);
}

/** Pulses until one fits. */
async function untilPulse(fits: (pulse: Pulse) => boolean): Promise<Pulse | undefined> {
  const enough = new AbortController();
  const stop = AbortSignal.any([enough.signal, AbortSignal.timeout(withinMs)]);
  let found: Pulse | undefined;
  const request = WatchPulsesRequest.fromPartial({ period: { seconds: 0n, nanos: 100_000_000 } });
  await follow(bed.servers.monitor.watchPulses(request), {
    what: "Cannot watch the pulses",
    stop,
    onData: ({ pulses }) => {
      found ??= pulses.find(fits);
      if (found !== undefined) enough.abort();
    },
  });
  return found;
}

test("a pulse tells the heartbeats, their round trip, and a threshold that empties", async () => {
  const pulse = await untilPulse(
    (each) => each.goodHeartbeats > 5n && each.roundTrip !== undefined,
  );
  expect(pulse?.serverId).toBe(primaryId);
  expect(toMilliseconds(pulse?.interval)).toBeGreaterThan(0);
  expect(toMilliseconds(pulse?.lastGap)).toBeGreaterThan(0);
  expect(toMilliseconds(pulse?.roundTrip)).toBeLessThan(thresholdMs);
  const left = toMilliseconds(pulse?.timeToDead) ?? 0;
  const since = toMilliseconds(pulse?.sinceGood) ?? Number.NaN;
  expect(left).toBeLessThanOrEqual(thresholdMs);
  // What the monitor stood still is added to the wait.
  expect(left + since).toBeGreaterThanOrEqual(thresholdMs - 1);
});

test("the flow is told with its cases and what picks them", async () => {
  const { monitor } = bed.servers;
  const options = { what: "Cannot tell the flow", deadlineMs: withinMs };
  const request = GetFlowRequest.fromPartial({ serverId: primaryId });
  const { decision, cases } = await call(monitor.getFlow.bind(monitor), request, options);
  expect(decision).toBe("/signal");
  const dead = cases.find(({ signals }) => signals.includes(Signal.SIGNAL_DEAD));
  expect(dead?.steps[0]).toMatchObject({ kind: "startChannels", subject: "backup-1" });
});

test("a live server holds its lease for no longer than one, and asks for a threshold", async () => {
  const { leaseHolding, server, advice } = await explain();
  const leftMs = (leaseHolding?.until?.getTime() ?? 0) - (server?.asOf?.getTime() ?? 0);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(1100);
  expect(leaseHolding).toMatchObject({ reportedHeld: true, holder: server?.holder });
  expect(advice?.samples).toBeGreaterThan(0n);
});

test("the death of a killed primary is explained by what the monitor knew then", async () => {
  await bed.servers.primary.kill();
  expect(await untilSignals(bed, 2)).toEqual(["LIVE", "DEAD"]);
  await untilRunningOn(bed, "backup");
  const { past } = await explain(2n);
  expect(past?.signal).toMatchObject({ signal: Signal.SIGNAL_DEAD, serverId: primaryId });
  expect(past?.rule).toMatchObject({
    event: "threshold_passed",
    from: ServerState.SERVER_STATE_LIVE,
    to: ServerState.SERVER_STATE_DEAD,
  });
  expect(toMilliseconds(past?.evidence?.sinceGood)).toBeGreaterThanOrEqual(thresholdMs);
  expect(past?.evidence?.gaps.length).toBeGreaterThan(1);
  expect(past?.run).toMatchObject({ caseName: "DEAD", reason: "signal" });
});

test("who is refused is in the history, with the reason and on what", async () => {
  const refused = await line.run(
    "failback",
    primaryId,
    "--reason",
    "home",
    "--yes",
    "--as",
    "bert",
  );
  expect(refused.exitCode).toBe(1);
  const { history } = await explain();
  expect(history[0]).toMatchObject({
    refusal: "NOT_LIVE",
    actor: { name: "bert", reason: "home" },
    evidence: expect.stringContaining("last good heartbeat"),
  });
});

test("the journal explains it also after the monitor was killed", async () => {
  const { past: before } = await explain(2n);
  await bed.servers.backup.killService("monitor");
  bed.servers.backup.start(["monitor"]);
  await expect
    .poll(() => explain(2n).catch(() => undefined), { timeout: withinMs })
    .toMatchObject({ past: { evidence: before?.evidence, rule: before?.rule } });
});

test("the command line tells it to people", async () => {
  const { out, exitCode } = await line.run("explain", primaryId, "--signal", "2");
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^signal 2: DEAD primary-1, term \d+, at /m);
  expect(out).toMatch(/^rule +LIVE on threshold_passed becomes DEAD$/m);
  expect(out).toMatch(/^last good +1\.\d+ s before, of \d+ /m);
  expect(out).toMatch(/^run +primary-1-2-signal: case DEAD, /m);
  expect(out).toContain("NOT_LIVE: Cannot fail back");
  const unknown = await line.run("explain", primaryId, "--signal", "99");
  expect(unknown.exitCode).toBe(1);
  expect(unknown.err).toContain("Next: hot-backup signals");
  const advice = await line.run("advice", primaryId);
  expect(advice.out).toContain("Too few heartbeats for advice");
});

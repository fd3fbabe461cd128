import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  PastDecision,
  RunState,
  ServerState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { expect, test } from "vitest";
import { createPaint } from "./paint.ts";
import { printPast } from "./past-page.ts";

const plain = createPaint(false);
const at = new Date("2026-11-22T21:19:50.000Z");
const later = new Date("2026-11-22T21:20:02.000Z");
const anna = { name: "anna", reason: "home" };

const signal = {
  signalId: 2n,
  serverId: "primary-1",
  signal: Signal.SIGNAL_DEAD,
  term: 2n,
  at,
  because: "No good heartbeat for the threshold",
  evidence: "last good heartbeat 1620.0 ms before",
  runId: "primary-1-2-signal",
};

test("a past decision is told with its rule, its evidence, its run and what came next", () => {
  const past = PastDecision.fromPartial({
    signal,
    rule: {
      event: "threshold_passed",
      from: ServerState.SERVER_STATE_LIVE,
      to: ServerState.SERVER_STATE_DEAD,
    },
    evidence: {
      sinceGood: toDuration(1620),
      gaps: [toDuration(809), toDuration(166)],
      monitorLag: toDuration(4),
      threshold: toDuration(1500),
      goodHeartbeats: 15n,
      notGoodBecause: "Its channels service does not answer",
    },
    run: {
      runId: "primary-1-2-signal",
      caseName: "DEAD",
      state: RunState.RUN_STATE_FINISHED,
      startedAt: at,
      endedAt: new Date(at.getTime() + 1500),
      steps: [{}, {}],
    },
    history: [
      {
        at,
        term: 2n,
        text: "Cannot fail back",
        actor: anna,
        refusal: "NOT_LIVE",
        evidence: "gaps: 1.5 ms, 2 ms, 3 ms, 4 ms, 5 ms, 6 ms; threshold: 1000 ms",
      },
    ],
    nextSignal: { signalId: 3n, signal: Signal.SIGNAL_LIVE, at: later },
  });
  expect(printPast(past, plain)).toEqual([
    "signal 2: DEAD primary-1, term 2, at 2026-11-22 21:19:50Z",
    "",
    "because      No good heartbeat for the threshold",
    "rule         LIVE on threshold_passed becomes DEAD",
    "last good    1.62 s before, of 15 in that life of the monitor",
    "not good     Its channels service does not answer",
    "last gaps    809 ms, 166 ms",
    "threshold    1.5 s",
    "monitor      longest stall in the minute before: 4 ms",
    "run          primary-1-2-signal: case DEAD, 2 steps, FINISHED in 1.5 s",
    "trace        -",
    "next signal  3, LIVE, 12 s later",
    "",
    "WHAT CAME NEXT        TERM  WHAT",
    "2026-11-22 21:19:50Z  2     NOT_LIVE: Cannot fail back (anna: home)",
    "    gaps: 1.5 ms, 2 ms, 3 ms, 4 ms, …; threshold: 1000 ms",
  ]);
});

test("a signal that an older version stored is told by its words", () => {
  expect(printPast(PastDecision.fromPartial({ signal }), plain)).toEqual([
    "signal 2: DEAD primary-1, term 2, at 2026-11-22 21:19:50Z",
    "",
    "because      No good heartbeat for the threshold",
    "evidence     last good heartbeat 1620.0 ms before",
    "run          primary-1-2-signal: the journal has it no more",
    "trace        -",
    "next signal  none since",
  ]);
});

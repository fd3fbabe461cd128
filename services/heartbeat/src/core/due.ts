// What the heartbeat core does when it is due: give up a silent stream, open the next, beat, ask
// the channels service, say close. Facts were noted before; here they only have consequences.

import { strict as assert } from "node:assert";
import type { BeatEffect, BeatState, Instant, Outcome } from "./beat-state.ts";
import * as decisions from "./decisions.ts";
import { failedChannelBecause, highestOrder, orderOfCut } from "./knowledge.ts";
import { addressOf, connect, lose, type OpenStream, send, silentAtMs } from "./link.ts";
import { proceedStopping, type Saying } from "./orderly-close.ts";

/** While the channels stop they are looked at this often: the monitor waits for the close. */
const closingTickMs = 100;

/**
 * Least time that the channels service gets to answer: a busy machine is slow without being broken.
 */
const callDeadlineMinMs = 100;

/**
 * Most time that it gets: with a long interval a frozen channels service must be noticed all the
 * same.
 */
const callDeadlineMaxMs = 5000;

export function doWhatIsDue(state: BeatState, now: Instant, effects: BeatEffect[]): BeatState {
  if (state.isDetaching) return finish(state, { kind: "detached" }, effects);
  const stopped = proceedClosing(state, now, effects);
  if (stopped.outcome !== undefined) return stopped;
  const linked = keepStream(stopped, now, effects);
  const ticked = now.nowMs >= linked.tickAtMs ? tick(linked, now, effects) : linked;
  const said =
    ticked.closing?.phase === "saying"
      ? sayClose(ticked, ticked.closing, { now, effects })
      : ticked;
  return said.outcome === undefined ? callChannels(said, now, effects) : said;
}

/**
 * Why this service itself says that its heartbeats shall count as silence. Empty: they shall not.
 */
export function unfitBecause({ settings, knowledge, closing }: BeatState): string {
  if (closing !== undefined) return "the server is being closed";
  return settings.stopsOnFailedChannel ? failedChannelBecause(knowledge.report) : "";
}

function proceedClosing(state: BeatState, now: Instant, effects: BeatEffect[]): BeatState {
  if (state.closing?.phase !== "stopping") return state;
  const running = state.decisions.running;
  const closing = proceedStopping(state.closing, { ...state, ...now, running });
  if (closing === "give_up") return finish(state, { kind: "given_up" }, effects);
  return closing === state.closing ? state : { ...state, closing };
}

function keepStream(state: BeatState, now: Instant, effects: BeatEffect[]): BeatState {
  const { settings } = state;
  let next = state;
  if (now.nowMs >= silentAtMs(state.link.stream, settings)) {
    const address = addressOf(state.link, settings);
    const because = `Monitor ${address} has not answered for ${settings.silenceMs} ms`;
    const { nowMs, chance } = now;
    const link = lose(state.link, settings, { because, isSilent: true, nowMs, chance });
    next = { ...state, link, decisions: decisions.dropCut(state.decisions) };
    effects.push({ type: "drop_stream" });
  }
  if (next.link.stream.kind !== "waiting" || now.nowMs < next.link.stream.openAtMs) return next;
  const link = connect(next.link, settings, now);
  const { serial } = link;
  effects.push({ type: "open_stream", serial, address: addressOf(link, settings) });
  return { ...next, link };
}

function tick(state: BeatState, now: Instant, effects: BeatEffect[]): BeatState {
  const { settings, closing, hasPassedGrant } = state;
  const { stream } = state.link;
  const isBeating = stream.kind === "open" && !stream.awaitsChannels && closing === undefined;
  const beaten = isBeating ? beat(state, stream, { now, effects }) : state;
  const again = decisions.wantFailedAgain(state.decisions);
  const wanted = hasPassedGrant ? again : decisions.wantProbe(again);
  const pauseMs =
    closing === undefined ? settings.intervalMs : Math.min(settings.intervalMs, closingTickMs);
  return {
    ...beaten,
    decisions: closing?.phase === "stopping" ? wantEnd(state, wanted) : wanted,
    hasPassedGrant: false,
    tickAtMs: now.nowMs + pauseMs,
  };
}

// The lease is withdrawn under the highest order known, again until that is answered.
function wantEnd(state: BeatState, wanted: decisions.Decisions): decisions.Decisions {
  const { closing, knowledge } = state;
  const order = highestOrder(knowledge);
  if (closing?.phase !== "stopping" || closing.isWithdrawn) return wanted;
  if (order === undefined) {
    const isOverridden = knowledge.report?.lease.kind === "override";
    const end = { order: undefined, overrideUntilBootMs: undefined };
    return isOverridden ? decisions.wantContact(wanted, end) : wanted;
  }
  if (wanted.running?.kind === "withdraw") return wanted;
  return decisions.wantWithdrawal(wanted, { order, because: closing.actor.reason });
}

function beat(
  state: BeatState,
  stream: OpenStream,
  { now, effects }: { now: Instant; effects: BeatEffect[] },
): BeatState {
  const next = send(stream, now);
  const { sequence, acknowledged } = next;
  const { knowledge } = state;
  const unfit = unfitBecause(state);
  effects.push({
    type: "send_heartbeat",
    sequence,
    acknowledged,
    knowledge,
    unfitBecause: unfit,
    roundTripMs: state.tally.roundTripMs,
  });
  const tally = { ...state.tally, sent: state.tally.sent + 1 };
  return { ...state, link: { ...state.link, stream: next }, tally };
}

function sayClose(
  state: BeatState,
  closing: Saying,
  { now, effects }: { now: Instant; effects: BeatEffect[] },
): BeatState {
  const { confirmedStopped, isAnswered, said, actor } = closing;
  if (isAnswered || now.nowMs >= closing.giveUpAtMs) {
    const outcome = { kind: "closed", confirmedStopped, closeAnswered: isAnswered } as const;
    return finish(state, outcome, effects);
  }
  const { stream } = state.link;
  if (stream.kind !== "open" || said?.serial === stream.serial) return state;
  // The first message of a stream is a heartbeat; this one says of itself that it shall not count.
  const ready = stream.sequence === 0 ? beat(state, stream, { now, effects }) : state;
  assert(ready.link.stream.kind === "open");
  const next = send(ready.link.stream, now);
  const { serial, sequence } = next;
  effects.push({ type: "send_close", sequence, actor, confirmedStopped });
  return {
    ...ready,
    link: { ...ready.link, stream: next },
    closing: { ...closing, said: { serial, sequence } },
  };
}

function finish(state: BeatState, outcome: Outcome, effects: BeatEffect[]): BeatState {
  const isAnswered = outcome.kind === "closed" && outcome.closeAnswered;
  effects.push({ type: isAnswered ? "end_stream" : "drop_stream" }, { type: "finish", outcome });
  return { ...state, outcome };
}

function callChannels(state: BeatState, now: Instant, effects: BeatEffect[]): BeatState {
  const { settings, link, knowledge } = state;
  if (state.decisions.running !== undefined) return state;
  const order = orderOfCut(knowledge, settings.serverId);
  const context = { serial: link.serial, bootMs: now.bootMs, order };
  const taken = decisions.takeNext(state.decisions, context);
  if (taken === undefined) return state;
  const { decision } = taken;
  const deadlineMs = callDeadlineMs(state);
  const monitorUntilBootMs = answersUntilBootMs(state);
  effects.push({ type: "call_channels", decision, deadlineMs, monitorUntilBootMs });
  const hasPassedGrant = state.hasPassedGrant || decision.kind !== "probe";
  return { ...state, decisions: taken.decisions, hasPassedGrant };
}

// What has answered counts as answering until the next answer is overdue.
function answersUntilBootMs({ link, settings }: BeatState): number | undefined {
  const { stream } = link;
  if (stream.kind !== "open" || stream.acknowledged === 0) return undefined;
  return stream.answeredBootMs + settings.intervalMs + settings.silenceMs;
}

// A report that is late is none: half a lease is what may be lost without losing the lease.
function callDeadlineMs({ settings, knowledge }: BeatState): number {
  const halfLeaseMs = (knowledge.ordinaryMs ?? Number.POSITIVE_INFINITY) / 2;
  const wantedMs = Math.min(settings.intervalMs * 2, halfLeaseMs, callDeadlineMaxMs);
  return Math.max(callDeadlineMinMs, wantedMs);
}

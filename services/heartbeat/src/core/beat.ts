// The heartbeat core: takes one event, notes what it tells, then does what is due. It beats, passes
// grants on to the channels service, and closes the server in good order. No clock, no chance, no
// I/O: all of that is in the event.

import type { Answer, BeatEffect, BeatEvent, BeatState, Grant, Instant } from "./beat-state.ts";
import * as decisions from "./decisions.ts";
import { doWhatIsDue } from "./due.ts";
import * as knowledge from "./knowledge.ts";
import { lose, open, type OpenStream, silentAtMs } from "./link.ts";
import { beginClosing, noteReportWhileStopping } from "./orderly-close.ts";
import { type ChannelsReport, isNews, type Order } from "./report.ts";
import { type Sent, takeAnswered } from "./unanswered.ts";

/**
 * Least time between a heartbeat and one that is sent because of news, so that a flapping channel
 * is no flood.
 */
const newsGapMs = 5;

/**
 * The next state, and what to do in the order of the list. An event that fits nothing changes
 * nothing.
 */
export function step(
  state: BeatState,
  event: BeatEvent,
): { readonly state: BeatState; readonly effects: readonly BeatEffect[] } {
  const effects: BeatEffect[] = [];
  if (state.outcome !== undefined) return { state, effects };
  return { state: doWhatIsDue(note(state, event), event, effects), effects };
}

/**
 * When `step` wants to be called with time_passed, by the monotonic clock. Infinity: never again.
 */
export function wakeAtMs(state: BeatState): number {
  if (state.outcome !== undefined) return Number.POSITIVE_INFINITY;
  const { stream } = state.link;
  const openAtMs = stream.kind === "waiting" ? stream.openAtMs : Number.POSITIVE_INFINITY;
  const sayAtMs =
    state.closing?.phase === "saying" ? state.closing.giveUpAtMs : Number.POSITIVE_INFINITY;
  return Math.min(state.tickAtMs, silentAtMs(stream, state.settings), openAtMs, sayAtMs);
}

function note(state: BeatState, event: BeatEvent): BeatState {
  switch (event.type) {
    case "time_passed":
      return state;
    case "stream_opened":
      return noteOpened(state, event.serial, event);
    case "answer_received":
      return noteAnswer(state, event, event);
    case "stream_ended":
      return noteEnded(state, event, event);
    case "report_received":
      return noteReport(state, event.report, event);
    case "report_failed":
      return noteNoReport(state, event.because, event);
    case "channels_changed":
      return { ...state, decisions: decisions.wantProbe(state.decisions) };
    case "close_requested": {
      if (state.closing !== undefined) return state;
      const running = state.decisions.running;
      const closing = beginClosing(event.actor, { ...state, ...event, running });
      // At once: the lease is withdrawn with this very event.
      const dropped = decisions.dropRenewal(state.decisions);
      return { ...state, closing, decisions: dropped, tickAtMs: event.nowMs };
    }
    case "detach_requested":
      return state.closing === undefined ? { ...state, isDetaching: true } : state;
  }
}

function noteOpened(state: BeatState, serial: number, now: Instant): BeatState {
  const { stream } = state.link;
  if (stream.kind !== "connecting" || stream.serial !== serial) return state;
  const tally = { ...state.tally, streams: state.tally.streams + 1 };
  const opened = open(stream, now.nowMs);
  const next = { ...withStream(state, opened), tally, tickAtMs: now.nowMs };
  if (state.closing !== undefined) return next;
  const cutMs = state.knowledge.ordinaryMs;
  if (cutMs === undefined) {
    const isAsked = state.knowledge.report === undefined && state.decisions.running !== undefined;
    return withStream(next, { ...opened, awaitsChannels: isAsked });
  }
  return {
    ...withStream(next, { ...opened, awaitsChannels: true, cutMs }),
    decisions: decisions.wantCut(state.decisions, cutMs),
  };
}

function noteAnswer(
  state: BeatState,
  { serial, answer }: { serial: number; answer: Answer },
  now: Instant,
): BeatState {
  const { stream } = state.link;
  if (stream.kind !== "open" || stream.serial !== serial) return state;
  const taken = takeAnswered(stream.unanswered, answer.sequence);
  if (taken === undefined) return state;
  const { sent, rest } = taken;
  const { bootMs: answeredBootMs } = now;
  const acknowledged = answer.sequence;
  const answered = { ...stream, acknowledged, answeredBootMs, unanswered: rest };
  const tally = {
    ...state.tally,
    answered: state.tally.answered + 1,
    roundTripMs: now.nowMs - sent.nowMs,
    answeredAtMs: now.nowMs,
    view: answer.view,
    unfitBecause: answer.unfitBecause,
  };
  const next = { ...withStream(state, answered), tally };
  if (state.closing !== undefined) return noteCloseAnswer(next, sent, serial);
  // The first answer is acknowledged at once, so that a round trip is proven in milliseconds.
  const tickAtMs = stream.acknowledged === 0 ? now.nowMs : state.tickAtMs;
  const own = answer.grants.find((each) => each.order.serverId === state.settings.serverId);
  if (own === undefined) return { ...next, tickAtMs };
  return followGrant({ ...next, tickAtMs }, { grant: own, sent, stream: answered });
}

// While the server is being closed grants count no more: they would renew what is being ended
// (hazard 5).
function noteCloseAnswer(state: BeatState, sent: Sent, serial: number): BeatState {
  const { closing } = state;
  if (closing?.phase !== "saying" || closing.said?.serial !== serial) return state;
  if (closing.said.sequence !== sent.sequence) return state;
  return { ...state, closing: { ...closing, isAnswered: true } };
}

function followGrant(
  state: BeatState,
  answered: { grant: Grant; sent: Sent; stream: OpenStream },
): BeatState {
  const { grant, sent, stream } = answered;
  const { order, decision } = grant;
  const known = knowledge.noteGrantedOrder(state.knowledge, order);
  switch (decision.kind) {
    case "nothing": {
      const wanted = followNothing({ ...state, knowledge: known }, order, {
        sent,
        overrideMs: decision.overrideMs,
      });
      return { ...state, knowledge: known, decisions: wanted };
    }
    case "withdraw": {
      const { because } = decision;
      const wanted = decisions.wantWithdrawal(state.decisions, { order, because });
      return { ...state, knowledge: known, decisions: wanted };
    }
    case "lease": {
      const { lengthMs } = decision;
      const isFirstOfStream = !stream.hasGrant;
      const granted = knowledge.noteGrantedLength(known, { lengthMs, isFirstOfStream });
      // R2: from the sending of the heartbeat, whatever happened to the answer on its way.
      const renewal = { order, deadlineBootMs: sent.bootMs + lengthMs, serial: stream.serial };
      const cutMs = Math.min(granted.ordinaryMs ?? lengthMs, stream.cutMs ?? Infinity);
      const isCutDue = cutMs !== stream.cutMs;
      const ready = isCutDue ? decisions.wantCut(state.decisions, cutMs) : state.decisions;
      return {
        ...withStream(state, { ...stream, hasGrant: true, cutMs }),
        knowledge: granted,
        decisions: decisions.wantRenewal(ready, renewal),
      };
    }
  }
}

// The answer to a heartbeat that proved no round trip is no contact: the monitor could not decide.
function followNothing(
  { decisions: before, knowledge: known }: BeatState,
  order: Order,
  { sent, overrideMs }: { sent: Sent; overrideMs: number | undefined },
): decisions.Decisions {
  const isOverridden = known.report?.lease.kind === "override";
  if (!isOverridden || sent.acknowledged === 0) return decisions.wantProbe(before);
  const overrideUntilBootMs = overrideMs === undefined ? undefined : sent.bootMs + overrideMs;
  return decisions.wantContact(before, { order, overrideUntilBootMs });
}

function noteEnded(
  state: BeatState,
  { serial, because }: { serial: number; because: string },
  now: Instant,
): BeatState {
  const { stream } = state.link;
  if (stream.kind === "waiting" || stream.serial !== serial) return state;
  const { nowMs, chance } = now;
  const link = lose(state.link, state.settings, { because, isSilent: false, nowMs, chance });
  return { ...state, link, decisions: decisions.dropCut(state.decisions) };
}

function noteReport(state: BeatState, report: ChannelsReport, now: Instant): BeatState {
  const { running } = state.decisions;
  const isNew = !state.knowledge.isAnswering || isNews(state.knowledge.report, report);
  const known = knowledge.noteReport(state.knowledge, report, now);
  const { closing } = state;
  const settled: BeatState = {
    ...state,
    knowledge: known,
    decisions: decisions.noteAnswered(state.decisions),
    closing:
      closing?.phase === "stopping" ? noteReportWhileStopping(closing, known, running) : closing,
  };
  const { stream } = state.link;
  if (stream.kind !== "open") return settled;
  if (stream.awaitsChannels)
    return isAwaited(stream, running) ? firstBeat(settled, stream, now) : settled;
  if (!isNew) return settled;
  // The monitor waits for this: it hears it now, not at the next interval.
  const tellAtMs = Math.max(now.nowMs, stream.sentAtMs + newsGapMs);
  return { ...settled, tickAtMs: Math.min(settled.tickAtMs, tellAtMs) };
}

function noteNoReport(state: BeatState, because: string, now: Instant): BeatState {
  const { running } = state.decisions;
  const settled = {
    ...state,
    knowledge: knowledge.noteSilence(state.knowledge, { decision: running, because }),
    decisions: decisions.noteFailed(state.decisions),
  };
  const { stream } = state.link;
  if (stream.kind !== "open" || !stream.awaitsChannels || !isAwaited(stream, running))
    return settled;
  // It says that the channels service does not answer, so the monitor does not trust it.
  return firstBeat(settled, stream, now);
}

function isAwaited(stream: OpenStream, running: decisions.Decision | undefined): boolean {
  if (stream.cutMs === undefined) return true;
  return running?.kind === "cut" && running.serial === stream.serial;
}

function firstBeat(state: BeatState, stream: OpenStream, now: Instant): BeatState {
  return { ...withStream(state, { ...stream, awaitsChannels: false }), tickAtMs: now.nowMs };
}

function withStream(state: BeatState, stream: OpenStream): BeatState {
  return { ...state, link: { ...state.link, stream } };
}

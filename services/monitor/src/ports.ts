// What the monitor needs from outside, as small interfaces. Adapters: store/, grpc/, flow/.

import type { Trace } from "@hot-backup/kit/trace.ts";
import type { DrillRecord } from "./core/drill-record.ts";
import type { EmailValues } from "./core/email-values.ts";
import type { Evidence } from "./core/evidence.ts";
import type { Actor, ChannelOutcome, EmailAnswer, RunRecord } from "./core/run-record.ts";
import type { DecidedRule } from "./core/server-event.ts";
import type { ServerRecord, Signal } from "./core/server-record.ts";
import type { ToldReadiness } from "./core/told-readiness.ts";

export type { EmailAnswer };

/** A signal as the journal keeps it. */
export interface SignalRecord {
  /** Rises by one with every signal of this journal, from 1. */
  readonly signalId: bigint;
  readonly serverId: string;
  readonly host: string;
  readonly signal: Signal;
  readonly term: bigint;
  readonly wallMs: number;
  readonly because: string;
  readonly document: string;
  /** What it was decided on, for people. */
  readonly evidence: string;
  /** The same as values. Absent: an older version stored the signal, or no heartbeat counted. */
  readonly facts: Evidence | undefined;
  /** The row of the state table by which it was given. Absent: an older version stored it. */
  readonly rule: DecidedRule | undefined;
  /** Who brought it about. Absent: nobody did. */
  readonly actor: Actor | undefined;
  readonly runId: string;
}

/** One line of a server's history: who did what, and why. */
export interface HistoryEntry {
  readonly serverId: string;
  readonly wallMs: number;
  readonly text: string;
  readonly actor: Actor | undefined;
  readonly term: bigint;
  /** What it was decided on, for people. Empty: nothing but what the text says. */
  readonly evidence: string;
  /** Reason of a refusal, as the caller got it. Empty: nothing was refused. */
  readonly refusal: string;
}

/** A line that tells of no refusal, and rests on what it says. */
export function historyLine(
  line: Pick<HistoryEntry, "serverId" | "wallMs" | "text" | "actor" | "term">,
): HistoryEntry {
  return { ...line, evidence: "", refusal: "" };
}

/** Everything that one decision changes: all of it is durable, or nothing is. */
export interface JournalChange {
  readonly servers: readonly ServerRecord[];
  readonly signals: readonly SignalRecord[];
  /** Written whole: a run with the same id is replaced. */
  readonly runs: readonly RunRecord[];
  readonly history: readonly HistoryEntry[];
}

/** What a monitor finds when it starts. */
export interface JournalContent {
  readonly servers: readonly ServerRecord[];
  /**
   * Runs that are running or held, have a step that is neither done, failed nor skipped, or are
   * named as a takeover run by a server. Oldest first.
   */
  readonly runs: readonly RunRecord[];
  /** Highest signal id in use. 0: none. */
  readonly lastSignalId: bigint;
}

/** Which page of a list. */
export interface Page {
  /** Empty: every server. */
  readonly serverId: string;
  readonly limit: number;
  /** Only entries below this one, newest first. Absent: from the newest. */
  readonly before: bigint | undefined;
}

/**
 * What a monitor stores before it acts. Every method is synchronous: what it returned from is
 * durable.
 */
export interface Journal extends Disposable {
  /** Random, new when a journal is created. */
  readonly journalId: string;
  load(): JournalContent;
  commit(change: JournalChange): void;
  listSignals(page: Page): readonly SignalRecord[];
  /** Signals with a higher id than this, oldest first, at most `limit`. */
  listSignalsAfter(
    signalId: bigint,
    options: { serverId: string; limit: number },
  ): readonly SignalRecord[];
  /** Runs, newest first, each with its position for the next page. */
  listRuns(page: Page): readonly { readonly position: bigint; readonly run: RunRecord }[];
  findRun(runId: string): RunRecord | undefined;
  listHistory(serverId: string, limit: number): readonly HistoryEntry[];
  /** Lines of a server under the terms from one to below another, oldest first. */
  listHistoryOfTerms(
    serverId: string,
    options: { from: bigint; below: bigint | undefined; limit: number },
  ): readonly HistoryEntry[];
  /** Stores what people are told of readiness, with lines of history. One entry for each server. */
  saveReadiness(told: readonly ToldReadiness[], history: readonly HistoryEntry[]): void;
  loadReadiness(): readonly ToldReadiness[];
  /** Stores a drill whole, with lines of history: a drill with the same id is replaced. */
  saveDrill(drill: DrillRecord, history: readonly HistoryEntry[]): void;
  /** Drills, newest first, each with its position for the next page. */
  listDrills(page: Page): readonly { readonly position: bigint; readonly drill: DrillRecord }[];
  /** Drills that a monitor has not ended. */
  runningDrills(): readonly DrillRecord[];
}

/** What a journal tells of signals, runs and history. */
export type JournalLists = Pick<
  Journal,
  "listSignals" | "listSignalsAfter" | "listRuns" | "findRun" | "listHistory" | "listHistoryOfTerms"
>;

/** An order to a target. */
export interface TargetOrder {
  readonly target: string;
  readonly serverId: string;
  readonly term: bigint;
  readonly names: readonly string[];
  readonly actor: Actor;
  /** The attempt of a step that gives it. Absent: no run does. */
  readonly trace?: Trace;
}

/** How a target answered an order. */
export type OrderAnswer =
  | { readonly kind: "answered"; readonly channels: readonly ChannelOutcome[] }
  | StaleAnswer
  | { readonly kind: "failed"; readonly error: string };

/** The order was refused, because the target has seen a newer one. */
export interface StaleAnswer {
  readonly kind: "stale";
  readonly highestTerm: bigint;
  readonly highestJournalId: string;
}

/** The channels services that flows can order. Nothing here rejects: failures are answers. */
export interface Targets {
  start(order: TargetOrder, signal: AbortSignal): Promise<OrderAnswer>;
  stop(order: TargetOrder, signal: AbortSignal): Promise<OrderAnswer>;
  /** Whether the watch of a target is open now. If not, an order would be sent into the void. */
  isConnected(target: string): boolean;
  /**
   * Whether the target answers and has every one of these channels deployed for the server. "" or
   * why not.
   */
  readiness(
    target: string,
    options: { serverId: string; names: readonly string[] },
  ): Promise<string>;
  /**
   * Watches the channels of every target until the signal aborts. `observe` is called with all
   * channels of a target when a watch begins and with each change; watches that break are begun
   * anew.
   */
  watch(observe: (observed: TargetObservation) => void, signal: AbortSignal): void;
}

/** What one channel of a target does. */
export interface ObservedChannel {
  readonly name: string;
  /** Empty: the target's own work. */
  readonly protectedBy: string;
  /** STARTED, STOPPED, FAILED and so on. */
  readonly activity: string;
  /** Term it was started under. 0: none. */
  readonly term: bigint;
  /** Whether it runs because an operator broke the glass, and by no order (R10). */
  readonly isOverridden: boolean;
  /** Of its definition, as heartbeats carry it. */
  readonly digest: string;
}

/** What a target's channels do, as it told last. */
export interface TargetObservation {
  readonly target: string;
  /** Only those that changed, except at the beginning of a watch. */
  readonly channels: readonly ObservedChannel[];
  /** Whether this is the beginning of a watch: channels that are not listed do not exist. */
  readonly isSnapshot: boolean;
}

/** Sends e-mail through the notify service. Nothing here rejects. */
export interface Notifier {
  /** Accepted: notify has the message in its outbox. */
  sendEmail(email: Email, signal: AbortSignal): Promise<EmailAnswer>;
}

/** One message for the notify service. */
export interface Email {
  readonly idempotencyKey: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly template: string;
  readonly values: EmailValues;
  readonly thread: string;
  /** The attempt of a step that sends it. Absent: no run does. */
  readonly trace?: Trace;
}

/**
 * Steps that reach beyond the product. Resolve to "" or to why they failed. Nothing here rejects.
 */
export interface Actions {
  callWebhook(
    request: {
      url: string;
      body: string;
      idempotencyKey: string;
      traceparent: string;
      timeoutMs: number;
    },
    signal: AbortSignal,
  ): Promise<string>;
  runCommand(
    request: {
      command: readonly string[];
      environment: Readonly<Record<string, string>>;
      timeoutMs: number;
    },
    signal: AbortSignal,
  ): Promise<string>;
}

/** Wakes the loops. */
export interface Timers {
  /** Calls `wake` once after a delay in milliseconds, unless it is cancelled before. */
  after(delayMs: number, wake: () => void): Timer;
  /** Calls `wake` when what waits in the sockets of the process has been read. */
  afterInput(wake: () => void): void;
}

export interface Timer {
  cancel(): void;
}

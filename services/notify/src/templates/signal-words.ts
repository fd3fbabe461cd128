// The words of a signal mail, shared by its subject, text and HTML: a headline that says who runs
// what, facts, and what was done step by step.

import { printTime } from "./print-time.ts";
import type { SignalChannel, SignalStep, SignalValues } from "./signal-values.ts";

/** What a reader sees. */
export interface SignalWords {
  /** Such as "DEAD primary-1". */
  readonly title: string;
  /** Such as "backup-1 runs 2 of 2 channels". */
  readonly headline: string;
  /** Whether it asks for attention, says that all is well again, or neither. */
  readonly mood: "alarm" | "relief" | "plain";
  /** What failed or is not done yet, in one line; empty when nothing is. */
  readonly trouble: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly steps: readonly StepWords[];
}

export interface StepWords {
  /** Such as "backup-1: start channels: done". */
  readonly title: string;
  readonly hasFailed: boolean;
  readonly error: string;
  readonly channels: readonly ChannelWords[];
}

interface ChannelWords {
  readonly name: string;
  readonly hasFailed: boolean;
  /** Such as "STARTED" or "STOPPED: port in use". */
  readonly result: string;
}

/** Puts checked values into words. */
export function putIntoWords(values: SignalValues): SignalWords {
  const steps = values.steps ?? [];
  const failing = trouble(steps);
  return {
    title: `${titleWord(values)} ${values.server}`,
    headline: headline(values, steps),
    mood: failing === "" ? moodOf(values) : "alarm",
    trouble: failing,
    facts: facts(values),
    steps: steps.map((step) => describeStep(step, values)),
  };
}

// A switchover or failback runs the steps of a case without its signal: nobody died.
function isAsked({ reason }: SignalValues): boolean {
  return reason === "switchover" || reason === "failback";
}

function titleWord(values: SignalValues): string {
  const word = isAsked(values) ? `${values.reason}`.toUpperCase() : values.signal;
  return values.resolved === true ? `RESOLVED ${word}` : word;
}

function moodOf(values: SignalValues): SignalWords["mood"] {
  if (values.resolved === true || values.signal === "LIVE") return "relief";
  return values.signal === "CLOSE" || values.reason === "switchover" ? "plain" : "alarm";
}

function headline(values: SignalValues, steps: readonly SignalStep[]): string {
  const starts = steps.filter((each) => each.kind === "startChannels");
  if (starts.length > 0) return summary(starts, startWords);
  if (values.held === true) return "it is back; the failback is held, the backup has the channels";
  const stops = steps.filter((each) => each.kind === "stopChannels");
  if (stops.length > 0) return summary(stops, stopWords);
  // Who reads CLOSE wants to know first whether anybody takes over. That was decided by the flow.
  if (values.signal === "CLOSE") return "stopped in good order, which starts no takeover";
  if (values.because) return values.because;
  return values.signal === "DEAD" ? "no heartbeats" : "it is back";
}

/** How a count of channels reads. True as well where nothing was left to do. */
interface SummaryWords {
  readonly count: (targets: string, channels: string, verb: "is" | "are") => string;
  readonly none: (targets: string) => string;
}

const startWords: SummaryWords = {
  count: (targets, channels) => `${targets} runs ${channels}`,
  none: (targets) => `nothing is started on ${targets} yet`,
};

const stopWords: SummaryWords = {
  count: (targets, channels, verb) => `${channels} ${verb} stopped on ${targets}`,
  none: (targets) => `nothing is confirmed stopped on ${targets} yet`,
};

function summary(steps: readonly SignalStep[], words: SummaryWords): string {
  const targets = [...new Set(steps.flatMap((each) => each.target ?? []))].join(", ") || "backup";
  const channels = steps.flatMap((each) => each.channels ?? []);
  const isOvertaken = steps.some((each) => each.state === "skipped");
  if (channels.length === 0) return isOvertaken ? overtaken : words.none(targets);
  const succeeded = channels.filter((each) => each.ok).length;
  const isOne = channels.length === 1;
  const counted = `${succeeded} of ${channels.length} ${isOne ? "channel" : "channels"}`;
  const count = words.count(targets, counted, isOne ? "is" : "are");
  return isOvertaken ? `${count}; ${overtaken}` : count;
}

const overtaken = "overtaken by something newer, see the next mail";

function trouble(steps: readonly SignalStep[]): string {
  const parts = steps.flatMap((each) => {
    const failed = (each.channels ?? []).filter((channel) => !channel.ok);
    const names = failed.map((channel) => channel.name).join(", ");
    if (each.state === "done" && failed.length === 0) return [];
    const what = `${onTarget(each)}${nameOf(each)}`;
    if (names !== "") return [`${what} (${names}): ${stateOf(each)}`];
    return each.state === "failed" || each.state === "retrying"
      ? [`${what}: ${stateOf(each)}`]
      : [];
  });
  return parts.join("; ");
}

function facts(values: SignalValues) {
  const { actor } = values;
  const who = [actor?.name, actor?.reason].filter(Boolean).join(": ");
  const all = [
    { label: "Server", value: values.host ? `${values.server} on ${values.host}` : values.server },
    { label: "Signal", value: isAsked(values) ? "" : values.signal },
    { label: "Steps of", value: isAsked(values) ? `the case ${values.signal}` : "" },
    { label: "Time", value: printTime(values.time ?? "") },
    { label: "Term", value: values.term ?? "" },
    { label: "Because", value: values.because ?? "" },
    { label: "Resolved", value: values.resolved === true ? resolved : "" },
    { label: "Failback", value: values.held === true ? values.heldBecause || held : "" },
    { label: "Asked by", value: who },
    { label: "Monitor", value: values.monitor ?? "" },
    { label: "Group", value: values.group ?? "" },
  ];
  return all.filter((each) => each.value !== "");
}

// RESOLVED DEAD could be read as if the server were back.
const resolved = "what the mail before this one named as failing is done";
const held = "after its delay, or, where it is manual, when an operator asks for it";

function describeStep(step: SignalStep, values: SignalValues): StepWords {
  const state = values.held === true ? "waits for the failback" : stateOf(step);
  return {
    title: `${onTarget(step)}${nameOf(step)}: ${state}`,
    hasFailed: step.state === "failed" || step.state === "retrying",
    error: step.error ?? "",
    channels: (step.channels ?? []).map(describeChannel),
  };
}

function describeChannel(channel: SignalChannel): ChannelWords {
  const activity = channel.activity || (channel.ok ? "done" : "failed");
  const result = channel.error ? `${activity}: ${channel.error}` : activity;
  return { name: channel.name, hasFailed: !channel.ok, result };
}

function onTarget(step: SignalStep): string {
  return step.target ? `${step.target}: ` : "";
}

// startChannels to "start channels".
function nameOf(step: SignalStep): string {
  return step.kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const states: Readonly<Record<string, string>> = {
  done: "done",
  retrying: "failing, retried until it succeeds",
  failed: "FAILED",
  pending: "not begun yet",
  running: "not done yet",
  skipped: "left out, because something newer happened",
};

function stateOf(step: SignalStep): string {
  const state = step.state ?? "pending";
  return states[state] ?? state;
}

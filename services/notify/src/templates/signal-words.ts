// The words of a signal mail, shared by its subject, text and HTML: a headline that says who runs
// what, facts, and what was done step by step.

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
  return {
    title: `${titleWord(values)} ${values.server}`,
    headline: headline(values, steps),
    mood: moodOf(values),
    trouble: trouble(steps),
    facts: facts(values),
    steps: steps.map(describeStep),
  };
}

// A switchover or failback runs the steps of a case without its signal: nobody died.
function titleWord(values: SignalValues): string {
  const isAsked = values.reason === "switchover" || values.reason === "failback";
  const word = isAsked ? `${values.reason}`.toUpperCase() : values.signal;
  return values.resolved === true ? `RESOLVED ${word}` : word;
}

function moodOf(values: SignalValues): SignalWords["mood"] {
  if (values.resolved === true || values.signal === "LIVE") return "relief";
  return values.signal === "CLOSE" || values.reason === "switchover" ? "plain" : "alarm";
}

function headline(values: SignalValues, steps: readonly SignalStep[]): string {
  const starts = steps.filter((each) => each.kind === "startChannels");
  if (starts.length > 0) return countChannels(starts, { verb: "runs", done: "started" });
  const stops = steps.filter((each) => each.kind === "stopChannels");
  if (values.held === true) return "the failback is held, and the backup keeps the channels";
  if (stops.length > 0) return countChannels(stops, { verb: "has stopped", done: "stopped" });
  if (values.because) return values.because;
  switch (values.signal) {
    case "DEAD":
      return "no heartbeats";
    case "LIVE":
      return "it is back";
    case "CLOSE":
      return "stopped in good order";
  }
}

function countChannels(
  steps: readonly SignalStep[],
  words: { readonly verb: string; readonly done: string },
): string {
  const targets = [...new Set(steps.flatMap((each) => each.target ?? []))].join(", ") || "backup";
  const channels = steps.flatMap((each) => each.channels ?? []);
  if (channels.length === 0) {
    const isDone = steps.every((each) => each.state === "done");
    return isDone
      ? `${targets} has ${words.done} its channels`
      : `${targets}: not ${words.done} yet`;
  }
  const succeeded = channels.filter((each) => each.ok).length;
  const noun = channels.length === 1 ? "channel" : "channels";
  return `${targets} ${words.verb} ${succeeded} of ${channels.length} ${noun}`;
}

function trouble(steps: readonly SignalStep[]): string {
  const parts = steps.flatMap((each) => {
    const failed = (each.channels ?? []).filter((channel) => !channel.ok);
    const names = failed.map((channel) => channel.name).join(", ");
    if (each.state === "done" && failed.length === 0) return [];
    const what = `${onTarget(each)}${nameOf(each)}`;
    if (names !== "") return [`${what}: ${stateOf(each)}: ${names}`];
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
    { label: "Signal", value: values.signal },
    { label: "Time", value: printTime(values.time ?? "") },
    { label: "Term", value: values.term ?? "" },
    { label: "Because", value: values.because ?? "" },
    { label: "Reason", value: values.reason === "signal" ? "" : (values.reason ?? "") },
    { label: "Asked by", value: who },
    { label: "Monitor", value: values.monitor ?? "" },
    { label: "Group", value: values.group ?? "" },
  ];
  return all.filter((each) => each.value !== "");
}

function describeStep(step: SignalStep): StepWords {
  return {
    title: `${onTarget(step)}${nameOf(step)}: ${stateOf(step)}`,
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
};

function stateOf(step: SignalStep): string {
  const state = step.state ?? "pending";
  return states[state] ?? state;
}

// "2026-11-22T14:03:07.123Z" to "2026-11-22 14:03:07 UTC"; what is no instant stays as it came.
function printTime(time: string): string {
  const instant = new Date(time);
  if (time === "" || Number.isNaN(instant.getTime())) return time;
  return `${instant.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

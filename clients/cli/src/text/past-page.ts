// A decision of the past for people: the signal, the rule, what was known, and what came of it.

import type {
  DecisionEvidence,
  HistoryEntry,
  PastDecision,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { printBetween, printInstant, printTime } from "./ages.ts";
import { type Fact, printFacts } from "./facts.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { declaredState } from "./server-words.ts";
import { printNotedTable } from "./table.ts";
import { runWord, signalWord } from "./words.ts";

export function printPast(past: PastDecision, paint: Paint): string[] {
  const { signal, history } = past;
  if (signal === undefined) return [];
  const { text, style } = signalWord(signal.signal);
  const of = `${signal.serverId}, term ${signal.term}, at ${printInstant(signal.at)}`;
  const who = signal.actor === undefined ? "" : whoAsked(signal.actor);
  const { evidence } = past;
  return [
    `signal ${signal.signalId}: ${paint(style, text)} ${printable(of)}`,
    "",
    ...printFacts([
      ["because", `${signal.because}${who}`],
      ...ruleOf(past),
      ...(evidence === undefined ? wordsOf(signal.evidence) : evidenceOf(evidence)),
      ["run", runOf(past)],
      ["trace", signal.traceId || "-"],
      ["next signal", nextOf(past)],
    ]),
    ...printHistory(history, { paint, title: "WHAT CAME NEXT" }),
  ];
}

/** Lines of a history as a table; under a line what it was decided on. */
export function printHistory(
  history: readonly HistoryEntry[],
  { paint, title }: { paint: Paint; title: string },
): string[] {
  if (history.length === 0) return [];
  const rows = history.map(({ at, term, actor, text, refusal }) => {
    const who = actor === undefined ? "" : whoAsked(actor);
    const mark = refusal === "" ? "" : `${refusal}: `;
    return [printInstant(at), String(term), `${mark}${text}${who}`];
  });
  const beside = history.map(({ evidence }) => withFewerGaps(evidence));
  return ["", ...printNotedTable({ heading: [title, "TERM", "WHAT"], rows, beside }, paint)];
}

// Many lines may have many gaps each. Programs are told them all, and who asks for one signal.
function withFewerGaps(evidence: string): string {
  return evidence.replace(/((?:[\d.]+ ms, ){4})(?:[\d.]+ ms, )*[\d.]+ ms(?=;|$)/, "$1…");
}

function whoAsked({ name, reason }: { name: string; reason: string }): string {
  return reason === "" ? ` (${name})` : ` (${name}: ${reason})`;
}

function ruleOf({ rule }: PastDecision): Fact[] {
  if (rule === undefined) return [];
  const from = rule.from === 0 ? "" : `${declaredState(rule.from)} `;
  return [["rule", `${from}on ${rule.event} becomes ${declaredState(rule.to)}`]];
}

// A signal of an older version has its evidence in words only.
function wordsOf(evidence: string): Fact[] {
  return [["evidence", evidence === "" ? "the journal tells none" : evidence]];
}

function evidenceOf(evidence: DecisionEvidence): Fact[] {
  const { sinceGood, gaps, monitorLag, notGoodBecause, threshold, goodHeartbeats } = evidence;
  const last = sinceGood === undefined ? "none" : `${printTime(sinceGood)} before`;
  return [
    ["last good", `${last}, of ${goodHeartbeats} in that life of the monitor`],
    ...(notGoodBecause === "" ? [] : [["not good", notGoodBecause] as const]),
    ["last gaps", gaps.map(printTime).join(", ") || "-"],
    ["threshold", printTime(threshold)],
    ["monitor", `longest stall in the minute before: ${printTime(monitorLag)}`],
  ];
}

function runOf({ run, signal }: PastDecision): string {
  if (run === undefined) {
    return signal?.runId === "" ? "none" : `${signal?.runId}: the journal has it no more`;
  }
  const { text } = runWord(run.state);
  const took = printBetween(run.startedAt, run.endedAt ?? run.asOf);
  const name = run.caseName === "" ? "no case" : `case ${run.caseName}`;
  const lasting = run.endedAt === undefined ? "for" : "in";
  return `${run.runId}: ${name}, ${run.steps.length} steps, ${text} ${lasting} ${took}`;
}

function nextOf({ nextSignal, signal }: PastDecision): string {
  if (nextSignal === undefined) return "none since";
  const { text } = signalWord(nextSignal.signal);
  const after = printBetween(signal?.at, nextSignal.at);
  return `${nextSignal.signalId}, ${text}, ${after} later`;
}

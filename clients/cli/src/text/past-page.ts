// A decision of the past for people: the signal, the rule, what was known, and what came of it.

import type {
  DecisionEvidence,
  HistoryEntry,
  PastDecision,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { printTime } from "./advice-page.ts";
import { printBetween, printInstant } from "./ages.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { declaredState } from "./server-words.ts";
import { printTable } from "./table.ts";
import { runWord, signalWord } from "./words.ts";

export function printPast(past: PastDecision, paint: Paint): string[] {
  const { signal, history } = past;
  if (signal === undefined) return [];
  const { text, style } = signalWord(signal.signal);
  const of = `${signal.serverId}, term ${signal.term}, at ${printInstant(signal.at)}`;
  const who = signal.actor === undefined ? "" : whoAsked(signal.actor);
  return [
    `signal ${signal.signalId}: ${paint(style, text)} ${printable(of)}`,
    printable(`${signal.because}${who}`),
    ...ruleOf(past),
    "",
    ...(past.evidence === undefined ? wordsOf(signal.evidence) : evidenceOf(past.evidence)),
    ...runOf(past),
    ...nextOf(past),
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
  const [heading = "", ...lines] = printTable([title, "TERM", "WHAT"], rows, paint);
  const told = lines.flatMap((line, index) => {
    const evidence = history[index]?.evidence ?? "";
    return evidence === "" ? [line] : [line, paint("quiet", `    ${printable(evidence)}`)];
  });
  return ["", heading, ...told];
}

function whoAsked({ name, reason }: { name: string; reason: string }): string {
  return reason === "" ? ` (${name})` : ` (${name}: ${reason})`;
}

function ruleOf({ rule }: PastDecision): string[] {
  if (rule === undefined) return [];
  const from = rule.from === 0 ? "" : `${declaredState(rule.from)} `;
  return [`rule: ${from}on ${rule.event} becomes ${declaredState(rule.to)}`];
}

// A signal of an older version has its evidence in words only.
function wordsOf(evidence: string): string[] {
  return evidence === "" ? ["the journal tells no evidence of it"] : [printable(evidence)];
}

function evidenceOf(evidence: DecisionEvidence): string[] {
  const { sinceGood, gaps, monitorLag, notGoodBecause, threshold, goodHeartbeats } = evidence;
  const last = sinceGood === undefined ? "none" : `${printTime(sinceGood)} before`;
  const lines = [
    `last good heartbeat: ${last}, of ${goodHeartbeats} in that life of the monitor`,
    `gaps before it, newest first: ${gaps.map(printTime).join(", ") || "-"}`,
    `threshold: ${printTime(threshold)}`,
    `longest stall of the monitor in the minute before: ${printTime(monitorLag)}`,
  ];
  if (notGoodBecause !== "") lines.push(`the last heartbeat was not good: ${notGoodBecause}`);
  return lines.map(printable);
}

function runOf({ run, signal }: PastDecision): string[] {
  if (run === undefined) {
    const gone = signal?.runId === "" ? "it began no run" : "the journal has its run no more";
    return ["", gone];
  }
  const { text } = runWord(run.state);
  const took = printBetween(run.startedAt, run.endedAt ?? run.asOf);
  const name = run.caseName === "" ? "no case" : `case ${run.caseName}`;
  return [
    "",
    printable(`run ${run.runId}: ${name}, ${run.steps.length} steps, ${text} in ${took}`),
  ];
}

function nextOf({ nextSignal, signal }: PastDecision): string[] {
  if (nextSignal === undefined) return ["no signal since"];
  const { text } = signalWord(nextSignal.signal);
  const after = printBetween(signal?.at, nextSignal.at);
  return [`next signal: ${nextSignal.signalId}, ${text}, ${after} later`];
}

// Standby readiness in words: whether a takeover would succeed now, and why not.

import { inPlainWords } from "@hot-backup/client/plain-words.ts";
import type { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { printInstant } from "./ages.ts";
import type { Paint } from "./paint.ts";
import { printTable } from "./table.ts";
import { unknown, type Word } from "./words.ts";

/** Reasons that the notes of one server name; `explain` tells all. */
const notedMax = 3;

/** Whether the server is ready for a takeover. What has not been looked at is UNKNOWN. */
export function readyWord({ readiness }: Server): Word {
  if (readiness === undefined) return { text: "not checked", style: "quiet" };
  if (readiness.checkedAt === undefined) return unknown;
  return readiness.ready ? { text: "yes", style: "good" } : { text: "NO", style: "bad" };
}

/** Why a takeover would fail, shortened. */
export function readinessNotes({ serverId, readiness }: Server): string[] {
  const { problems = [], problemsOmitted = 0 } = readiness ?? {};
  const left = problems.length + problemsOmitted - notedMax;
  return [
    ...problems.slice(0, notedMax).map(({ subject, reason, text }) => {
      return `NOT READY: ${subject} ${reason}: ${inPlainWords(text)}`;
    }),
    ...(left > 0 ? [`NOT READY: ${left} reasons more: hot-backup explain ${serverId}`] : []),
  ];
}

/** All that is told of it, as a section of its own. */
export function printReadiness({ readiness }: Server, paint: Paint): string[] {
  if (readiness === undefined || readiness.problems.length === 0) return [];
  const { problems, problemsOmitted } = readiness;
  const rows = problems.map(({ subject, reason, since, text }) => {
    return [subject, reason, printInstant(since), inPlainWords(text)];
  });
  const more = problemsOmitted === 0 ? [] : [`  and ${problemsOmitted} more`];
  const heading = ["A TAKEOVER WOULD FAIL", "REASON", "SINCE", "BECAUSE"];
  return ["", ...printTable(heading, rows, paint), ...more];
}

// The figures of a played story, from the files in the exchange folder and from what was measured;
// and what must hold.

import { type Overlap, judge, readRuns, type WitnessedRun } from "@hot-backup/testbed/evidence.ts";
import { protectedChannels, serverIds, type Stage } from "./stage.ts";
import type { Measurements } from "./story.ts";

/** What `--json` writes. */
export interface Figures {
  readonly ok: boolean;
  readonly fed: number;
  readonly processed: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Stretches of time with two runners of one channel. */
  readonly overlaps: number;
  readonly mails: readonly { readonly subject: string }[];
  readonly signals: readonly {
    readonly server: string;
    readonly signal: string;
    readonly term: number;
    readonly reason: string;
  }[];
  readonly killToDeadMs: number;
  readonly deadToStartedMs: number;
  readonly failbackMs: number;
  /**
   * After the freeze: when the old channels were seen last, and when the new ones were seen first.
   */
  readonly freeze: { readonly oldStoppedMs: number; readonly newStartedMs: number };
}

/** Figures with the reasons why they are not good, if they are not. */
export interface StoryVerdict {
  readonly figures: Figures;
  readonly wrong: readonly string[];
}

/** Judges a story that was played to its end. */
export function judgeStory(stage: Stage, measured: Measurements): StoryVerdict {
  const { bed, feeder, signals } = stage;
  const { fed, processed, lost, duplicated, overlaps } = judge(bed.exchangeFolder, feeder.fed);
  const runs = readRuns(bed.exchangeFolder);
  const mails = bed.mailbox.mails.map(({ subject }) => ({ subject }));
  const freeze = measureFreeze(runs, measured.frozenAtNs);
  const wrong = [
    ...(processed === fed ? [] : [`${fed} files were fed, but there are ${processed} results`]),
    ...lost.map((name) => `${name} is lost`),
    ...duplicated.map((name) => `${name} was processed twice`),
    ...overlaps.map(describeOverlap),
    ...missingMails(stage),
    ...touchedReports(runs),
    ...(freeze.oldStoppedMs < freeze.newStartedMs ? [] : ["The frozen channels ended too late"]),
  ];
  const { killToDeadMs, deadToStartedMs, failbackMs } = measured;
  const figures = {
    ok: wrong.length === 0,
    fed,
    processed,
    lost: lost.length,
    duplicated: duplicated.length,
    overlaps: overlaps.length,
    mails,
    signals: signals.map(({ name, record }) => ({
      server: record.serverId,
      signal: name,
      term: Number(record.term),
      reason: record.because,
    })),
    killToDeadMs: Math.round(killToDeadMs),
    deadToStartedMs: Math.round(deadToStartedMs),
    failbackMs: Math.round(failbackMs),
    freeze,
  };
  return { figures, wrong };
}

// The last run that began on the primary before the freeze, and the first on the backup after it,
// for each channel.
function measureFreeze(runs: readonly WitnessedRun[], frozenAtNs: bigint) {
  const sinceMs = (atNs: bigint) => Math.round(Number(atNs - frozenAtNs) / 1e6);
  const spans = protectedChannels.map((channel) => {
    const own = runs.filter((run) => run.channel === channel);
    const before = own.filter((run) => run.startNs < frozenAtNs);
    const after = own.filter((run) => run.startNs >= frozenAtNs);
    const old = before.findLast((run) => run.server === serverIds.primary);
    const next = after.find((run) => run.server === serverIds.backup);
    return { old: sinceMs(old?.endNs ?? frozenAtNs), next: sinceMs(next?.startNs ?? frozenAtNs) };
  });
  return {
    oldStoppedMs: Math.max(...spans.map((each) => each.old)),
    newStartedMs: Math.min(...spans.map((each) => each.next)),
  };
}

function missingMails({ bed, signals }: Stage): string[] {
  const subjects = bed.mailbox.mails.map((mail) => mail.subject);
  const missing = signals.filter(({ name }, index) => subjects[index]?.includes(name) !== true);
  const extra = subjects.slice(signals.length);
  return [
    ...missing.map(({ name, record }) => `The mail of ${name}, term ${record.term}, is missing`),
    ...extra.map((subject) => `One mail too many: ${subject}`),
  ];
}

// The backup's own work must have gone on as one run, from beginning to end.
function touchedReports(runs: readonly WitnessedRun[]): string[] {
  const own = runs.filter((run) => run.channel === "reports");
  const [only] = own;
  if (own.length === 1 && only?.stoppedInOrder === false) return [];
  return [`reports was touched: it has ${own.length} runs instead of one`];
}

function describeOverlap({ first, second, lengthNs }: Overlap): string {
  const length = (Number(lengthNs) / 1e6).toFixed(3);
  return `${first.channel} ran on ${first.server} and ${second.server} at once for ${length} ms`;
}

// All checkers over the evidence that a bed has left so far.

import { judge, readRuns } from "@hot-backup/testbed/evidence.ts";
import { nameOfSignal } from "@hot-backup/testbed/signal-name.ts";
import type { ChaosBed } from "./chaos-bed.ts";
import { checkMails } from "./checkers/mails.ts";
import { checkOwnWork, checkRunners, findGaps, type Gap } from "./checkers/runners.ts";
import { checkSignals } from "./checkers/signals.ts";

/** The backup's own channel, of which no order may know. */
const ownChannel = "reports";

/** What the evidence shows. */
export interface BedVerdict {
  readonly violations: readonly string[];
  readonly gaps: readonly Gap[];
  readonly wakings: number;
  readonly longestWakingMs: number;
  readonly mails: number;
  readonly mailsRepeated: number;
  readonly signals: number;
  readonly units: number;
}

/** `fed`: files that must have their results by now. */
export async function judgeBed(
  bed: ChaosBed,
  fed: Readonly<Record<string, readonly string[]>>,
): Promise<BedVerdict> {
  const { servers, story } = bed;
  const runs = readRuns(servers.exchangeFolder);
  const isOwn = ({ channel }: { channel: string }) => channel === ownChannel;
  const protectedRuns = runs.filter((run) => !isOwn(run));
  const runners = checkRunners(protectedRuns, story.pauses);
  const ownWork = checkOwnWork(runs, {
    channel: ownChannel,
    serviceStarts: story.backupChannelsStarts,
  });
  const listed = (await servers.signals()).map(({ signalId, signal, term }) => {
    return { id: signalId, name: nameOfSignal(signal), term };
  });
  const { notifyHurtAtMs } = story;
  const mails = checkMails({ mails: servers.mailbox.mails, signals: listed, notifyHurtAtMs });
  const { lost, duplicated, processed } = judge(servers.exchangeFolder, fed);
  return {
    violations: [
      ...runners.violations,
      ...ownWork,
      ...checkSignals(bed.signals, listed),
      ...mails.violations,
      ...lost.map((name) => `work: ${name} is lost`),
      ...duplicated.map((name) => `work: ${name} was delivered twice`),
    ],
    gaps: findGaps(protectedRuns),
    wakings: runners.wakings,
    longestWakingMs: runners.longestWakingMs,
    mails: servers.mailbox.mails.length,
    mailsRepeated: mails.repeated,
    signals: listed.length,
    units: processed,
  };
}

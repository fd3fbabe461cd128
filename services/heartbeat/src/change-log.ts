// Tells the log what changed for an operator: the stream, the lease, the channels service, the
// close. A heartbeat like the one before it logs nothing, and a repeated error is told once.

import type { Logger } from "@hot-backup/kit/log.ts";
import type { BeatState } from "./core/beat-state.ts";
import type { Lease } from "./core/report.ts";

/** A function that compares the states before and after a step. */
export function createChangeLog(log: Logger): (before: BeatState, after: BeatState) => void {
  // The error told last, by address: with several monitors their errors take turns.
  const toldErrors = new Map<string, string>();
  return (before, after) => {
    if (before.link !== after.link) logLink(log, toldErrors, { before, after });
    if (before.knowledge !== after.knowledge) logKnowledge(log, before, after);
    if (before.closing?.phase !== after.closing?.phase) logClosing(log, after);
  };
}

function logLink(
  log: Logger,
  toldErrors: Map<string, string>,
  { before, after }: { before: BeatState; after: BeatState },
): void {
  const was = before.link.stream;
  const is = after.link.stream;
  const isAnswered = is.kind === "open" && is.acknowledged > 0;
  const wasAnswered = was.kind === "open" && was.acknowledged > 0;
  if (isAnswered && !wasAnswered) {
    const { view } = after.tally;
    log.info({ monitor: is.address, serial: is.serial, view }, "Monitor answers");
    toldErrors.clear();
  }
  if (was.kind === "waiting" || (is.kind !== "waiting" && is.serial === was.serial)) return;
  const because = after.link.lastError;
  if (after.outcome !== undefined || toldErrors.get(was.address) === because) return;
  toldErrors.set(was.address, because);
  const message = wasAnswered ? "Lost the stream to the monitor" : "Cannot reach the monitor";
  log.warn({ monitor: was.address, serial: was.serial, because }, message);
}

function logKnowledge(log: Logger, before: BeatState, after: BeatState): void {
  const was = before.knowledge;
  const is = after.knowledge;
  if (was.isAnswering !== is.isAnswering || (was.report === undefined && !is.isAnswering)) {
    if (is.isAnswering) log.info("Channels service answers");
    else if (was.failedBecause !== is.failedBecause) {
      log.warn({ because: is.failedBecause }, "Channels service does not answer");
    }
  }
  if (was.report !== is.report) logLease(log, was.report?.lease, is.report?.lease);
}

function logLease(log: Logger, was: Lease | undefined, is: Lease | undefined): void {
  if (is === undefined || (was?.kind === is.kind && termOf(was) === termOf(is))) return;
  if (is.kind === "override") {
    log.warn({ actor: is.actor }, "Channels run by an override, without a lease");
  }
  if (is.kind === "held") log.info({ term: String(is.term) }, "Lease gained");
  if (is.kind === "ended") {
    log.info({ term: String(is.term), because: is.because }, "Lease ended");
  }
}

function termOf(lease: Lease): bigint {
  return lease.kind === "none" ? 0n : lease.term;
}

function logClosing(log: Logger, { closing, settings }: BeatState): void {
  if (closing === undefined) return;
  if (closing.phase === "stopping") {
    log.info({ actor: closing.actor }, "Closing: ending the lease and stopping channels");
    return;
  }
  const { actor, confirmedStopped } = closing;
  const { protection } = settings;
  log.info({ actor, confirmedStopped, protection }, "Closing: telling the monitor");
}

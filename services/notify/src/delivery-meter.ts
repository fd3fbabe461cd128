// Counts attempts and what became of messages, in plain numbers for whoever reads metrics.

import { countDuration, newDurationHistogram } from "@hot-backup/kit/duration-histogram.ts";
import type { AttemptReport, Progress } from "./core/outbox.ts";

/** A mail is delivered within a second, or after the pauses of its attempts: up to days. */
const latencyBoundsMs = [
  100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000,
  86_400_000,
];

/** The counts of one life of the service. */
export class DeliveryMeter {
  /** Attempts that have ended. */
  readonly attempts: Record<AttemptReport["outcome"], number> = {
    taken: 0,
    all_refused: 0,
    message_refused: 0,
    unanswered: 0,
  };
  /** Messages that have come to an end; `partly`: sent, but not to all. */
  readonly settled = { sent: 0, partly: 0, failed: 0 };
  /** From acceptance to the server's last answer, of messages that were sent. */
  readonly latencies = newDurationHistogram(latencyBoundsMs);

  countAttempt({ outcome }: AttemptReport): void {
    this.attempts[outcome] += 1;
  }

  /** To be called when it is stored. */
  countSettled(progress: Progress): void {
    if (progress.state === "queued") return;
    if (progress.state === "failed") return this.countSetAside();
    this.settled[progress.refused.length === 0 ? "sent" : "partly"] += 1;
    // The wall clock may have been set back meanwhile.
    countDuration(this.latencies, Math.max(0, progress.settledMs - progress.acceptedMs));
  }

  /** A message that cannot be read has failed. */
  countSetAside(): void {
    this.settled.failed += 1;
  }
}

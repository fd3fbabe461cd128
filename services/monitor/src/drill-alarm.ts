// The mail about a server that died behind the DEAD of a drill: that one told people of a drill,
// and no other DEAD can follow. Goes to whom the flow tells of DEAD. Handed over before the drill
// is over in the journal, so that a monitor that dies meanwhile hands it over when it is back.

import { emailValues } from "./core/email-values.ts";
import type { DrillRecord } from "./core/drill-record.ts";
import { isDrillDeath } from "./core/drill-silence.ts";
import type { RunRecord } from "./core/run-record.ts";
import type { ServerRecord } from "./core/server-record.ts";
import type { MonitorParts } from "./parts.ts";
import { stepTrace } from "./run-trace.ts";

/** How often it is tried to hand it over, and the pause between: five minutes in all. */
const attemptsMax = 60;
const pauseMs = 5000;

/** Must be disposed: then nothing more is tried. */
export class DrillAlarm implements Disposable {
  readonly #parts: MonitorParts;
  readonly #stop = new AbortController();
  /** Drills whose mail is on its way, and those whose mail is settled: they are over soon. */
  readonly #settled = new Map<string, boolean>();

  constructor(parts: MonitorParts) {
    this.#parts = parts;
  }

  /** Whether nobody has to be told any more. `settled` is called when that has become so. */
  isSettled(drill: DrillRecord, server: ServerRecord, settled: () => void): boolean {
    if (server.state !== "dead" || !isDrillDeath(server.because, drill.actor)) return true;
    const known = this.#settled.get(drill.drillId);
    if (known !== undefined) return known;
    this.#settled.set(drill.drillId, false);
    void this.#tell(drill, this.#parts.journal.findRun(server.takeoverRunId)).then(() => {
      this.#settled.set(drill.drillId, true);
      settled();
    });
    return false;
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #tell({ drillId, because }: DrillRecord, run: RunRecord | undefined): Promise<void> {
    const { notifier, journal, group, server: monitor, log } = this.#parts;
    for (const [index, { step }] of (run?.steps ?? []).entries()) {
      if (run === undefined || step.kind !== "email") continue;
      const known = emailValues(run, { group, monitor, isResolution: false });
      const email = {
        idempotencyKey: `${journal.journalId}/${drillId}/${index}/alarm`,
        to: step.to,
        cc: step.cc,
        template: step.template,
        values: { ...known, because: because.join("; ") },
        thread: `${journal.journalId}/${run.serverId}/${run.incidentTerm}`,
        trace: stepTrace(run, index),
      };
      for (let attempt = 1; attempt <= attemptsMax && !this.#stop.signal.aborted; attempt += 1) {
        const answer = await notifier.sendEmail(email, this.#stop.signal);
        if (answer.kind === "accepted") break;
        log.warn({ drillId, why: answer.error }, "Cannot mail that a server died in a drill");
        if (answer.kind === "refused") break;
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.timers.after(pauseMs, resolve);
    });
  }
}

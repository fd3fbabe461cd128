// How far the run of a server is, in one line.

import type { RunView } from "../../src/view/run.ts";

export function printRun({ reason, signal, state, steps, heldBecause }: RunView): string {
  const of = reason === "signal" ? signal : reason;
  switch (state) {
    case "FINISHED":
      return `${of}: finished`;
    case "SUPERSEDED":
      return `${of}: superseded`;
    case "HELD":
      return `${of}: held: ${heldBecause}`;
    case "RUNNING": {
      const ended = steps.filter((step) => ["DONE", "SKIPPED"].includes(step.state)).length;
      const now = steps.find((step) => !["DONE", "SKIPPED"].includes(step.state));
      const at = now === undefined ? "" : `, ${now.kind} ${now.subject} ${now.state}`;
      return `${of}: ${ended} of ${steps.length} steps done${at}`;
    }
  }
}

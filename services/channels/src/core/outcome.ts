// When a call that waits for a channel has its answer, and what the answer is.

import type { Channel } from "./channel-state.ts";

/** What a channel looked like when the wait began. */
export type Mark = Pick<Channel, "starts" | "stops" | "failedAttempts">;

/** The end of a wait. */
export type Outcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: "CHANNEL_FAILED" | "SUPERSEDED" | "UNDEPLOYED";
      readonly error: string;
      readonly lastLines: readonly string[];
    };

/** Whether a start has come to its end; undefined while it has not. */
export function startOutcome(channel: Channel | undefined, mark: Mark): Outcome | undefined {
  if (channel === undefined) return lost("UNDEPLOYED", "It was undeployed meanwhile");
  if (channel.stops !== mark.stops) return lost("SUPERSEDED", channel.because);
  if (channel.activity === "started") return { ok: true };
  if (channel.failedAttempts === mark.failedAttempts) return undefined;
  const failure = channel.lastFailure;
  return {
    ok: false,
    reason: "CHANNEL_FAILED",
    error: failure?.reason ?? channel.because,
    lastLines: failure?.lastLines ?? [],
  };
}

/** Whether a stop has come to its end: no process is left. Undefined while it has not. */
export function stopOutcome(channel: Channel | undefined, mark: Mark): Outcome | undefined {
  if (channel === undefined || channel.activity === "stopped") return { ok: true };
  if (channel.starts !== mark.starts) return lost("SUPERSEDED", channel.because);
  return undefined;
}

/**
 * Whether an undeployment has come to its end: the channel is forgotten. Undefined while it is not.
 */
export function undeployOutcome(channel: Channel | undefined): Outcome | undefined {
  if (channel === undefined) return { ok: true };
  if (channel.afterStop !== "leave") return lost("SUPERSEDED", "It was deployed again meanwhile");
  return undefined;
}

function lost(reason: "SUPERSEDED" | "UNDEPLOYED", error: string): Outcome {
  return { ok: false, reason, error, lastLines: [] };
}

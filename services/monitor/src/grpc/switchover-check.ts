// Whether the channels of a server may be moved to its backup now: asked before a switchover and
// before a drill. A move into the void would leave nobody running: every target must answer and
// have the channels.

import { startTargetsOf } from "../core/flow.ts";
import { whyNoSwitchover } from "../core/handover.ts";
import { startsNotBeforeMs } from "../core/release.ts";
import { writeNextDocument } from "../core/signal-document.ts";
import type { Monitor } from "../monitor.ts";
import type { ServerLoop } from "../server-loop.ts";

/** A reason for programs and one for people. */
export type Hindrance = readonly [reason: string, message: string];

/** Why no move may begin now, but for the targets: they have still to be asked. */
export function whyNoMove(monitor: Monitor, server: ServerLoop): Hindrance | undefined {
  const { settings, server: now } = server.watched;
  const refusal = whyNoSwitchover({ settings, server: now }) ?? whyNoStart(monitor, server);
  if (refusal !== undefined) return refusal;
  if (startsOf(monitor, server).length > 0) return undefined;
  return ["NO_TARGET", "its flow starts no channels on a switchover"];
}

/** Why each target that is not ready is not, in one line. */
export async function whyTargetsUnready(
  monitor: Monitor,
  server: ServerLoop,
): Promise<readonly string[]> {
  const { targets } = monitor.parts;
  const { serverId } = server.record;
  const problems = await Promise.all(
    startsOf(monitor, server).map(({ target, names }) =>
      targets.readiness(target, { serverId, names }),
    ),
  );
  return problems.filter((each) => each !== "");
}

// What the flow would start on a switchover.
function startsOf({ parts }: Monitor, { watched, record }: ServerLoop) {
  const wallMs = parts.clock.wallMs();
  const asked = { signal: "DEAD", reason: "switchover", wallMs } as const;
  const plan = watched.settings.flow.plan(writeNextDocument(record, asked));
  if (startTargetsOf(plan).length === 0) return [];
  return plan.steps.filter((step) => step.kind === "start_channels");
}

// The primary would stop, and nobody could start before R5 allows it.
function whyNoStart(
  { parts }: Monitor,
  { watched: { settings, server } }: ServerLoop,
): Hindrance | undefined {
  const waitMs = startsNotBeforeMs(settings, server) - parts.clock.nowMs();
  if (waitMs <= 0) return undefined;
  const until =
    waitMs === Number.POSITIVE_INFINITY
      ? "until the server reports an ordinary lease"
      : `for another ${Math.ceil(waitMs / 1000)} s: it must first be sure that no older lease runs`;
  return ["TARGET_NOT_READY", `the monitor orders no start ${until}`];
}

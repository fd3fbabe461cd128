// Lines of a trace about what channels do.

import type { State } from "../../services/channels/src/core/state.ts";
import type { Trace } from "../kernel/trace.ts";

export function traceChanges(
  trace: Trace,
  who: string,
  { before, after }: { before: State; after: State },
): void {
  for (const [name, { activity, because }] of after.channels) {
    if (before.channels.get(name)?.activity === activity) continue;
    trace.say(who, `channel ${name} is ${activity}: ${because}`);
  }
}

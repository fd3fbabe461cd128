// What onlookers and readers of a trace are told of channels.

import type { Override } from "../../services/channels/src/core/override.ts";
import type { State } from "../../services/channels/src/core/state.ts";
import type { Process } from "../kernel/process.ts";
import type { Trace } from "../kernel/trace.ts";
import type { World } from "../world.ts";

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

/** Tells which overrides began or ended. */
export function tellOverrides(
  world: World,
  process: Process,
  told: { before: State["overrides"]; after: State["overrides"]; isStopping: boolean },
): void {
  const { before, after, isStopping } = told;
  if (before === after) return;
  for (const serverId of new Set([...before.keys(), ...after.keys()])) {
    const isNow = isInForce(after.get(serverId));
    if (isNow === isInForce(before.get(serverId))) continue;
    const { name: machine } = process.machine;
    world.tell({ kind: "override_changed", machine, serverId, isInForce: isNow, isStopping });
    world.trace.say(process.name, `override ${isNow ? "begins" : "ends"}`);
  }
}

// Once a monitor has answered, what an override runs may only run on until the lease comes.
function isInForce(override: Override | undefined): boolean {
  return override !== undefined && override.deadlineMs === undefined;
}

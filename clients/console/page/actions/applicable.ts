// Which actions a server gives a reason for now. An action that does not apply is not offered: its
// service would refuse it, and an operator in a hurry would read why instead of acting.

import type { ServerView, TargetView } from "../../src/view/server.ts";

export type ActionName =
  "switchover" | "failback" | "confirm-stopped" | "set-maintenance" | "clear-maintenance" | "drill";

/** What can be asked of a monitor about a server as it is now, the most pressing first. */
export function applicableActions(server: ServerView): readonly ActionName[] {
  const isSteady = server.maintenance === undefined;
  return [
    ...(waitingTargets(server).length > 0 ? (["confirm-stopped"] as const) : []),
    ...(isSteady && canFailBack(server) ? (["failback"] as const) : []),
    ...(isSteady && canSwitchOver(server) ? (["switchover"] as const) : []),
    ...(server.targets.length > 0 ? (["drill"] as const) : []),
    isSteady ? "set-maintenance" : "clear-maintenance",
  ];
}

/** Targets whose word the gate waits for, and that an operator may vouch for. */
export function waitingTargets({ assignment, targets }: ServerView): readonly TargetView[] {
  if (assignment !== "NOBODY") return [];
  return targets.filter(({ isConfirmed }) => !isConfirmed);
}

/** Kinds of drills that a server can be put through now; a shadow changes nothing. */
export function applicableDrills(
  server: ServerView,
): readonly ("SHADOW" | "SWITCHOVER" | "SILENCE")[] {
  const isSteady = server.maintenance === undefined;
  return isSteady && canSwitchOver(server) ? ["SHADOW", "SWITCHOVER", "SILENCE"] : ["SHADOW"];
}

function canFailBack({ state, assignment }: ServerView): boolean {
  return state === "LIVE" && assignment === "BACKUP";
}

// Without a lease nobody can take the channels from the primary.
function canSwitchOver({ state, assignment, protection, targets }: ServerView): boolean {
  const isAtHome = state === "LIVE" && assignment === "PRIMARY";
  return isAtHome && protection === "LEASE" && targets.length > 0;
}

// How long each channel had no runner in a drill, by what was seen of it on both sides.

import type { DrillChannel } from "./drill-record.ts";

/** When a channel was seen to end and to run, by the clock of the monitor. */
export interface ChannelSight {
  readonly name: string;
  readonly leftPrimaryMs: number | undefined;
  readonly onBackupMs: number | undefined;
  readonly leftBackupMs: number | undefined;
  readonly onPrimaryMs: number | undefined;
}

/** A channel that runs on the primary. */
export function newSight(name: string): ChannelSight {
  return {
    name,
    leftPrimaryMs: undefined,
    onBackupMs: undefined,
    leftBackupMs: undefined,
    onPrimaryMs: undefined,
  };
}

/** What one side told of a channel. Only the first time of each way out and back counts. */
export function seeChannel(
  sight: ChannelSight,
  seen: { side: "primary" | "backup"; isStarted: boolean; nowMs: number },
): ChannelSight {
  const { side, isStarted, nowMs } = seen;
  const { leftPrimaryMs, onBackupMs, leftBackupMs, onPrimaryMs } = sight;
  if (side === "backup") {
    if (isStarted) return onBackupMs === undefined ? { ...sight, onBackupMs: nowMs } : sight;
    const hasLeft = onBackupMs !== undefined && leftBackupMs === undefined;
    return hasLeft ? { ...sight, leftBackupMs: nowMs } : sight;
  }
  if (!isStarted) return leftPrimaryMs === undefined ? { ...sight, leftPrimaryMs: nowMs } : sight;
  const isBack = leftPrimaryMs !== undefined && onPrimaryMs === undefined;
  return isBack ? { ...sight, onPrimaryMs: nowMs } : sight;
}

export function measureChannel(sight: ChannelSight): DrillChannel {
  const { name, leftPrimaryMs, onBackupMs, leftBackupMs, onPrimaryMs } = sight;
  return {
    name,
    outMs: between(leftPrimaryMs, onBackupMs),
    backMs: between(leftBackupMs, onPrimaryMs),
  };
}

function between(fromMs: number | undefined, toMs: number | undefined): number | undefined {
  return fromMs === undefined || toMs === undefined ? undefined : Math.max(0, toMs - fromMs);
}

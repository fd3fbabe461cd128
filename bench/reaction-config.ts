// The smallest configuration of a primary and its backup: one channel that starts instantly.

import type { Bed } from "./bed.ts";

/** The watched server. */
export const primaryId = "primary-1";

export const intervalMs = 100;
export const thresholdMs = 300;

// As long as the threshold allows, so that a lost heartbeat or two end no lease on a busy machine.
const leaseMs = 240;
const stopBudgetMs = 40;
const killMarginMs = 20;

/** host:port of every service, and of the tap that the heartbeats take. */
export interface ReactionAddresses {
  readonly heartbeat: string;
  readonly tap: string;
  readonly monitor: string;
  readonly primaryChannels: string;
  readonly backupChannels: string;
}

/**
 * Writes both instances. `fifo` gets the name of the server as the first thing that the channel
 * does.
 */
export function writeReactionConfig(
  bed: Bed,
  options: ReactionAddresses & { fifo: string },
): { primary: string; backup: string } {
  writeFlow(bed);
  writeChannels(bed, options.fifo);
  const shared = { group: "bench", logLevel: "warn" };
  const primary = bed.write("primary.yaml", {
    ...shared,
    server: primaryId,
    protection: "lease",
    dataFolder: "primary",
    heartbeat: {
      listen: options.heartbeat,
      monitors: [options.tap],
      channels: options.primaryChannels,
      interval: `${intervalMs}ms`,
    },
    channels: {
      listen: options.primaryChannels,
      stopBudget: `${stopBudgetMs}ms`,
      killMargin: `${killMarginMs}ms`,
      definitions: ["channels.yaml"],
    },
  });
  const backup = bed.write("backup.yaml", {
    ...shared,
    server: "backup-1",
    dataFolder: "backup",
    monitor: {
      listen: options.monitor,
      targets: { "backup-1": options.backupChannels },
      servers: [
        {
          id: primaryId,
          protection: "lease",
          threshold: `${thresholdMs}ms`,
          lease: `${leaseMs}ms`,
          failback: "automatic",
          flow: "flow.yaml",
        },
      ],
    },
    channels: { listen: options.backupChannels, definitions: ["channels.yaml"] },
  });
  return { primary, backup };
}

function writeFlow(bed: Bed): void {
  bed.write("flow.yaml", {
    switch: "/signal",
    cases: {
      DEAD: [{ startChannels: ["work"], on: "backup-1" }],
      LIVE: [{ stopChannels: ["work"], on: "backup-1" }],
    },
  });
}

function writeChannels(bed: Bed, fifo: string): void {
  const program = 'echo "$HOT_BACKUP_SERVER" > "$0"; exec sleep 1000000';
  bed.write("channels.yaml", {
    channels: [
      {
        name: "work",
        protectedBy: primaryId,
        process: { command: ["sh", "-c", program, fifo] },
        stop: { timeout: "1s" },
      },
    ],
  });
}

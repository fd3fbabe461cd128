// What an outsider hears of a takeover, with the instant at which he hears it (CLOCK_MONOTONIC):
// the signal from the monitor, STARTED from the backup's channels service, and the channel's own
// first word from a FIFO.

import { execFileSync } from "node:child_process";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { dial } from "@hot-backup/kit/grpc-dial.ts";
import { Activity, ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { followChannels, followSignals } from "@hot-backup/testbed/follow.ts";

/** Everything heard of one takeover. */
export interface HeardTakeover {
  readonly deadNs: bigint;
  readonly startedNs: bigint;
  readonly firstInstructionNs: bigint;
}

export interface ReactionNews extends AsyncDisposable {
  /** The takeover under a term, when everything of it was heard. */
  find(term: bigint): HeardTakeover | undefined;
  /** What the channel on the backup does, as it was told last. */
  backupActivity(): Activity;
}

/** Makes a named pipe in a folder. Returns its path. */
export function makeFifo(folder: string): string {
  const fifo = join(folder, "first-instruction");
  execFileSync("mkfifo", [fifo]);
  return fifo;
}

/** Listens until it is disposed. The services may start later and be restarted meanwhile. */
export function watchReaction(options: {
  monitor: string;
  backupChannels: string;
  fifo: string;
}): ReactionNews {
  const deadNs = new Map<bigint, bigint>();
  const startedNs = new Map<bigint, bigint>();
  let activity: Activity = Activity.ACTIVITY_UNSPECIFIED;
  const stop = new AbortController();
  const monitor = dial(MonitorServiceClient, options.monitor);
  const channels = dial(ChannelServiceClient, options.backupChannels);
  const following = [
    followSignals(monitor, {
      stop: stop.signal,
      onSignal: ({ signal, term }) => {
        if (signal === Signal.SIGNAL_DEAD) deadNs.set(term, process.hrtime.bigint());
      },
    }),
    followChannels(channels, {
      stop: stop.signal,
      onChannel: (channel) => {
        ({ activity } = channel);
        if (activity !== Activity.ACTIVITY_STARTED || channel.order === undefined) return;
        const { term } = channel.order;
        if (!startedNs.has(term)) startedNs.set(term, process.hrtime.bigint());
      },
    }),
  ];
  const fifo = readFifo(options.fifo);
  return {
    backupActivity: () => activity,
    find: (term) => {
      const dead = deadNs.get(term);
      const started = startedNs.get(term);
      const first = fifo.lastNs("backup-1");
      if (dead === undefined || started === undefined || first < dead) return undefined;
      return { deadNs: dead, startedNs: started, firstInstructionNs: first };
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.all(following);
      monitor.close();
      channels.close();
      fifo.close();
    },
  };
}

// Open for writing too, so that it neither ends nor keeps anybody waiting when no channel runs.
function readFifo(path: string): { lastNs(server: string): bigint; close(): void } {
  const pipe = new Socket({
    fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  const lastNs = new Map<string, bigint>();
  pipe.setEncoding("utf8");
  pipe.on("data", (text: string) => {
    for (const server of text.split("\n")) lastNs.set(server, process.hrtime.bigint());
  });
  return {
    lastNs: (server) => lastNs.get(server) ?? 0n,
    close: () => pipe.destroy(),
  };
}

// A monitor's watch of the channels of a target: grpc/target-watch.ts of the monitor, and
// grpc/watch-channels.ts of the channels service.

import { pauseMs } from "@hot-backup/kit/backoff.ts";
import type { Channel } from "../../services/channels/src/core/channel-state.ts";
import type { TargetObservation } from "../../services/monitor/src/ports.ts";
import { Connection } from "../kernel/connection.ts";
import type { ChannelsHost } from "./channels-host.ts";
import type { Port } from "./monitor-ports.ts";
import { activityName } from "./translate.ts";

const watchBackoff = { firstMs: 50, maxMs: 1000 };

type Observe = (observed: TargetObservation) => void;

interface Watch {
  readonly target: string;
  readonly host: ChannelsHost;
  readonly observe: Observe;
  readonly signal: AbortSignal;
  /** Targets whose watch is open. */
  readonly connected: Set<string>;
}

// Watches again and again until the monitor is gone.
export function watchTarget(port: Port, watch: Watch, failures = 1): void {
  const { world, process } = port;
  const { host, signal } = watch;
  if (signal.aborted || !process.isRunning || process.life !== port.life) return;
  let hasHeard = false;
  let close = () => {};
  const serverIds = port.serverIds(watch.target);
  const again = () => {
    const pause = pauseMs(watchBackoff, hasHeard ? 1 : failures, world.random.next());
    process.after(pause, () => watchTarget(port, watch, hasHeard ? 1 : failures + 1));
  };
  const isReachable = host.isServing && world.network.isOpen(process.machine, host.process.machine);
  if (!isReachable) return again();
  const stream = new Connection<"watch", TargetObservation>(
    world.network,
    { client: process, server: host.process },
    {
      heard: () => {
        close = serveWatch(host, { target: watch.target, serverIds, stream });
        lookAtClient(port, { host, stream, close });
      },
      left: () => {
        world.streams.delete(stream);
        close();
      },
      answered: (observed) => {
        hasHeard = true;
        watch.connected.add(watch.target);
        const isLooking = !signal.aborted && world.sabotage !== "target_unwatched";
        if (isLooking) watch.observe(observed);
      },
      ended: () => {
        watch.connected.delete(watch.target);
        world.streams.delete(stream);
        again();
      },
    },
  );
  world.streams.add(stream);
  stream.sendUp("watch");
  watchLiveness(port, { stream, host, again });
}

/** Keepalive of a watch: a target that is cut off or frozen for long ends it. */
const keepaliveMs = 5000;

function watchLiveness(
  port: Port,
  watch: { stream: Connection<"watch", TargetObservation>; host: ChannelsHost; again: () => void },
): void {
  const { network, streams } = port.world;
  const { stream, host } = watch;
  const here = port.process.machine;
  const there = host.process.machine;
  const { life } = host.process;
  let wasThere = true;
  const look = () => {
    if (!streams.has(stream)) return;
    const isThere =
      host.process.isActive &&
      host.process.life === life &&
      network.isOpen(here, there) &&
      network.isOpen(there, here);
    if (isThere || wasThere) {
      wasThere = isThere;
      port.process.after(keepaliveMs, look);
      return;
    }
    streams.delete(stream);
    stream.leave();
    watch.again();
  };
  port.process.after(keepaliveMs, look);
}

// The other end looks, too: a monitor that is gone answers no more.
function lookAtClient(
  port: Port,
  watch: {
    stream: Connection<"watch", TargetObservation>;
    host: ChannelsHost;
    close: () => void;
  },
): void {
  const { network } = port.world;
  const { stream, host, close } = watch;
  const here = port.process.machine;
  const there = host.process.machine;
  let looksInVain = 0;
  const look = () => {
    if (!stream.isServerOpen) return close();
    const isThere =
      port.process.isActive &&
      port.process.life === port.life &&
      network.isOpen(here, there) &&
      network.isOpen(there, here);
    looksInVain = isThere ? 0 : looksInVain + 1;
    if (looksInVain < 2) {
      host.process.after(keepaliveMs, look);
      return;
    }
    stream.end("no sign of life");
    close();
  };
  host.process.after(keepaliveMs, look);
}

interface Served {
  readonly target: string;
  readonly serverIds: readonly string[];
  readonly stream: Connection<"watch", TargetObservation>;
}

// Returns what is to be done when the watch is over.
function serveWatch(host: ChannelsHost, { target, serverIds, stream }: Served): () => void {
  if (!host.isServing) {
    stream.end("it is starting");
    return () => undefined;
  }
  const { life } = host.process;
  let isOpen = true;
  const tell = (now: boolean) =>
    host.tell({ type: "monitor_watch_changed", serverIds, isOpen: now });
  const close = () => {
    if (!isOpen || host.process.life !== life || !host.isServing) return;
    isOpen = false;
    tell(false);
  };
  tell(true);
  let known = host.state().channels;
  stream.sendDown({ target, channels: [...known.values()].map(observedOf), isSnapshot: true });
  host.listen(() => {
    if (!stream.isServerOpen || host.process.life !== life) return true;
    const now = host.current().channels;
    const changed = [...now.values()].filter((each) => known.get(each.definition.name) !== each);
    known = now;
    if (changed.length > 0) {
      stream.sendDown({ target, channels: changed.map(observedOf), isSnapshot: false });
    }
    return false;
  });
  return close;
}

function observedOf(channel: Channel): TargetObservation["channels"][number] {
  const { name, protectedBy } = channel.definition;
  const term = channel.order?.term ?? 0n;
  const isOverridden = channel.override !== undefined;
  const activity = activityName(channel);
  const { digest } = channel;
  return { name, protectedBy: protectedBy ?? "", activity, term, isOverridden, digest };
}

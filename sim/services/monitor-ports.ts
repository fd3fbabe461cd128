// The ports of the monitor over the simulated network: what grpc/target-client.ts, target-watch.ts
// and notify-client.ts do over the real one.

import { pauseMs } from "@hot-backup/kit/backoff.ts";
import type { Channel } from "../../services/channels/src/core/channel-state.ts";
import type {
  EmailAnswer,
  Notifier,
  OrderAnswer,
  TargetObservation,
  TargetOrder,
  Targets,
} from "../../services/monitor/src/ports.ts";
import { makeCall } from "../kernel/call.ts";
import { Connection } from "../kernel/connection.ts";
import type { Process } from "../kernel/process.ts";
import type { World } from "../world.ts";
import { sabotageOrder } from "../sabotage.ts";
import type { ChannelsHost } from "./channels-host.ts";
import type { NotifyHost } from "./notify-host.ts";
import { followOrder } from "./channel-orders.ts";
import { activityName } from "./translate.ts";

/** One life of a monitor's process. */
export interface Port {
  readonly world: World;
  readonly process: Process;
  readonly life: number;
  /** A promise was made or kept. */
  stir(): void;
}

const watchBackoff = { firstMs: 50, maxMs: 1000 };

type Observe = (observed: TargetObservation) => void;

export function openSimulatedTargets(
  port: Port,
  given: { targets: ReadonlyMap<string, ChannelsHost>; journalId: string },
): Targets {
  const { targets, journalId } = given;
  const connected = new Set<string>();
  const send = (kind: "start" | "stop") => (order: TargetOrder, signal: AbortSignal) =>
    sendOrder(port, targets.get(order.target), { kind, order, journalId, signal });
  return {
    start: send("start"),
    stop: send("stop"),
    isConnected: (target) => connected.has(target),
    readiness: (target, asked) => askReadiness(port, targets.get(target), asked),
    watch: (observe, signal) => {
      for (const [target, host] of targets) {
        watchTarget(port, { target, host, observe, signal, connected });
      }
    },
  };
}

export function openSimulatedNotifier(port: Port, notify: NotifyHost): Notifier {
  return {
    sendEmail: (email) =>
      promiseOf(port, (resolve) => {
        makeCall<EmailAnswer>(port.world.network, {
          client: port.process,
          server: notify.process,
          handle: (respond) => notify.sendEmail(email, respond),
          done: (answer, error) => resolve(answer ?? { kind: "failed", error }),
        });
      }),
  };
}

// A promise that lets the monitor's loops run when it is kept. Of a dead process it is kept never.
function promiseOf<T>(port: Port, begin: (resolve: (value: T) => void) => void): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  if (!port.process.isRunning || port.process.life !== port.life) return promise;
  begin((value) => {
    resolve(value);
    port.stir();
  });
  return promise;
}

function sendOrder(
  port: Port,
  host: ChannelsHost | undefined,
  sent: { kind: "start" | "stop"; order: TargetOrder; journalId: string; signal: AbortSignal },
): Promise<OrderAnswer> {
  return promiseOf(port, (resolve) => {
    const { signal, kind, order } = sent;
    if (host === undefined) return resolve({ kind: "failed", error: "There is no such target" });
    const lie = sabotageOrder(port.world.sabotage, kind);
    if (lie !== undefined) return resolve(lie);
    if (port.world.trace.isOn) {
      const names = order.names.join(", ");
      const text = `orders ${order.target}: ${kind} ${names} of ${order.serverId}`;
      port.world.trace.say(port.process.name, `${text}, term ${order.term}`);
    }
    const cancel = makeCall<OrderAnswer>(port.world.network, {
      client: port.process,
      server: host.process,
      handle: (respond) => followOrder(host, { ...sent, ...order }, respond),
      done: (answer, error) => {
        const isLost = answer === undefined && kind === "stop";
        const lie = isLost ? sabotageOrder(port.world.sabotage, "lost_stop") : undefined;
        resolve(answer ?? lie ?? { kind: "failed", error });
      },
    });
    const abort = () => {
      cancel();
      resolve({ kind: "failed", error: "The call was cancelled" });
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

function askReadiness(
  port: Port,
  host: ChannelsHost | undefined,
  asked: { serverId: string; names: readonly string[] },
): Promise<string> {
  return promiseOf(port, (resolve) => {
    if (host === undefined) return resolve("There is no such target");
    makeCall<string>(port.world.network, {
      client: port.process,
      server: host.process,
      handle: (respond) => {
        if (!host.isServing) return respond("it is starting");
        const { channels } = host.state();
        const isMissing = (name: string) =>
          channels.get(name)?.definition.protectedBy !== asked.serverId;
        respond(asked.names.some(isMissing) ? "it lacks a channel" : "");
      },
      done: (answer, error) => resolve(answer ?? error),
    });
  });
}

interface Watch {
  readonly target: string;
  readonly host: ChannelsHost;
  readonly observe: Observe;
  readonly signal: AbortSignal;
  /** Targets whose watch is open. */
  readonly connected: Set<string>;
}

// Watches again and again until the monitor is gone.
function watchTarget(port: Port, watch: Watch, failures = 1): void {
  const { world, process } = port;
  const { host, signal } = watch;
  if (signal.aborted || !process.isRunning || process.life !== port.life) return;
  let hasHeard = false;
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
      heard: () => serveWatch(watch.target, host, stream),
      left: () => world.streams.delete(stream),
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

function serveWatch(
  target: string,
  host: ChannelsHost,
  stream: Connection<"watch", TargetObservation>,
): void {
  if (!host.isServing) return stream.end("it is starting");
  const { life } = host.process;
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
}

function observedOf(channel: Channel): TargetObservation["channels"][number] {
  const { name, protectedBy } = channel.definition;
  const term = channel.order?.term ?? 0n;
  const isOverridden = channel.override !== undefined;
  const activity = activityName(channel);
  return { name, protectedBy: protectedBy ?? "", activity, term, isOverridden };
}

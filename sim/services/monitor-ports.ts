// The ports of the monitor over the simulated network: what grpc/target-client.ts, target-watch.ts
// and notify-client.ts do over the real one.

import type {
  EmailAnswer,
  Notifier,
  OrderAnswer,
  TargetOrder,
  Targets,
} from "../../services/monitor/src/ports.ts";
import { makeCall } from "../kernel/call.ts";
import type { Process } from "../kernel/process.ts";
import type { World } from "../world.ts";
import { sabotageOrder } from "../sabotage.ts";
import type { ChannelsHost } from "./channels-host.ts";
import type { NotifyHost } from "./notify-host.ts";
import { followOrder } from "./channel-orders.ts";
import { watchTarget } from "./channel-watch.ts";

/** One life of a monitor's process. */
export interface Port {
  readonly world: World;
  readonly process: Process;
  readonly life: number;
  /** The servers whose channels a target keeps. */
  serverIds(target: string): readonly string[];
  /** A promise was made or kept. */
  stir(): void;
}

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

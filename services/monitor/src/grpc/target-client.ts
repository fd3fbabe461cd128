// The channels services that flows can order: one client for each, connected from the start. Every
// failure is an answer, so that the core decides what it means.

import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { serviceIdentity } from "@hot-backup/kit/identity.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import type { Tls } from "@hot-backup/kit/tls.ts";
import {
  type ChannelResult,
  ChannelServiceClient,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { readOutcome, readStopOutcome, writeOrder } from "../convert.ts";
import { isNamed } from "../core/channel-name.ts";
import type { ChannelOutcome } from "../core/run-record.ts";
import type { TargetCheck } from "../core/standby-readiness.ts";
import type { OrderAnswer, TargetOrder, Targets } from "../ports.ts";
import { readFailedOrder } from "./failed-order.ts";
import { checkTarget } from "./standby-checks.ts";
import { DrawnPicture, type TargetPicture } from "./target-picture.ts";
import { findUnready, type ReadinessAsked } from "./target-readiness.ts";
import { watchTarget, type WatchListener } from "./target-watch.ts";

/**
 * How long an order may take. A channel with default readiness (30 s) and restarts (5) is STARTED
 * or FAILED before that; for one that takes longer the order is repeated, which is harmless. That a
 * target is gone or frozen is noticed by keepalive, long before.
 */
const orderMs = 600_000;

/**
 * Targets that are connected. Disposing of it closes the connections; watches end by their signal.
 */
export interface ConnectedTargets extends Targets, Disposable {
  /** Why the last exchange with a target failed. "": it did not, or there is no such target. */
  lastErrorOf(target: string): string;
  /** Has a target look whether its channels could start. Never rejects. */
  check(target: string): Promise<TargetCheck>;
  /** What a target told of its channels. Absent: there is no such target. */
  pictureOf(target: string): TargetPicture | undefined;
}

interface Connection {
  readonly target: string;
  readonly client: ChannelServiceClient;
  readonly picture: DrawnPicture;
  lastError: string;
}

/** Connects to every target, by name and address. Orders go out under this journal. */
export function openTargets(
  addresses: ReadonlyMap<string, string>,
  options: {
    journalId: string;
    log: Logger;
    wallMs: () => number;
    tls?: Tls | undefined;
    /** Servers that it decides for: while it watches, nobody breaks the glass for them. */
    monitorOf: readonly string[];
  },
): ConnectedTargets {
  const connections = new Map<string, Connection>();
  for (const [target, address] of addresses) {
    // A target is named after the server whose channels service it is.
    const secure = options.tls?.targetOf(serviceIdentity(target, "channels"));
    const client = dial(ChannelServiceClient, address, secure);
    client.getChannel().getConnectivityState(true);
    connections.set(target, { target, client, picture: new DrawnPicture(), lastError: "" });
  }
  return {
    start: (order, signal) =>
      sendOrder(connections.get(order.target), {
        order,
        journalId: options.journalId,
        signal,
        send: sendStart,
      }),
    stop: (order, signal) =>
      sendOrder(connections.get(order.target), {
        order,
        journalId: options.journalId,
        signal,
        send: sendStop,
      }),
    isConnected: (target) => connections.get(target)?.picture.isWatched ?? false,
    readiness: (target, asked) => askReadiness(connections.get(target), { target, ...asked }),
    watch: (observe, signal) => {
      for (const connection of connections.values()) {
        watchConnection(connection, { ...options, observe, signal });
      }
    },
    check: (target) => checkTarget(connections.get(target)?.client, target),
    lastErrorOf: (target) => connections.get(target)?.lastError ?? "",
    pictureOf: (target) => connections.get(target)?.picture,
    [Symbol.dispose]: () => {
      for (const { client } of connections.values()) client.close();
    },
  };
}

interface SentOrder {
  readonly order: TargetOrder;
  readonly journalId: string;
  readonly signal: AbortSignal;
}

async function sendOrder(
  connection: Connection | undefined,
  sent: SentOrder & {
    send(client: ChannelServiceClient, sent: SentOrder): Promise<readonly ChannelOutcome[]>;
  },
): Promise<OrderAnswer> {
  if (connection === undefined) {
    return { kind: "failed", error: `There is no target "${sent.order.target}"` };
  }
  try {
    const channels = await sent.send(connection.client, sent);
    connection.lastError = "";
    return { kind: "answered", channels };
  } catch (error) {
    const answer = readFailedOrder(error, sent.order.term);
    // What we cancelled ourselves says nothing about the target.
    if (answer.kind === "failed" && !sent.signal.aborted) connection.lastError = answer.error;
    return answer;
  }
}

async function sendStart(
  client: ChannelServiceClient,
  { order, journalId, signal }: SentOrder,
): Promise<readonly ChannelOutcome[]> {
  const { results } = await call(
    client.startChannels.bind(client),
    {
      names: order.names,
      order: writeOrder({ ...order, journalId }),
      actor: order.actor,
      override: undefined,
    },
    {
      what: `Cannot start channels on "${order.target}"`,
      deadlineMs: orderMs,
      signal,
      trace: order.trace,
    },
  );
  return [...results.map(readOutcome), ...findUntold(order, results)];
}

async function sendStop(
  client: ChannelServiceClient,
  { order, journalId, signal }: SentOrder,
): Promise<readonly ChannelOutcome[]> {
  const what = `Cannot stop channels on "${order.target}"`;
  const sent = writeOrder({ ...order, journalId });
  const response = await call(
    client.stopChannels.bind(client),
    { names: order.names, order: sent, actor: order.actor },
    { what, deadlineMs: orderMs, signal, trace: order.trace },
  );
  // A confirmation counts only under its own order (5.5): it may open the gate.
  const stored = response.order;
  if (stored?.term !== sent.term || stored.journalId !== sent.journalId) {
    throw new Error(`${what}: its answer does not confirm the order of term ${sent.term}`);
  }
  return response.results.map(readStopOutcome);
}

// A start that says nothing about a channel has not started it.
function findUntold(
  order: TargetOrder,
  results: readonly ChannelResult[],
): readonly ChannelOutcome[] {
  return order.names
    .filter((name) => !results.some((result) => isNamed(result.name, name)))
    .map((name) => ({
      name,
      activity: "UNKNOWN",
      isOk: false,
      error: `"${order.target}" has no such channel of ${order.serverId}`,
      lastLines: [],
    }));
}

async function askReadiness(
  connection: Connection | undefined,
  asked: ReadinessAsked,
): Promise<string> {
  if (connection === undefined) {
    return `Target "${asked.target}" is not ready: there is no such target`;
  }
  try {
    const why = await findUnready(connection.client, asked);
    connection.lastError = "";
    return why;
  } catch (error) {
    connection.lastError = error instanceof Error ? error.message : String(error);
    return connection.lastError;
  }
}

function watchConnection(
  connection: Connection,
  options: {
    observe: Parameters<Targets["watch"]>[0];
    signal: AbortSignal;
    log: Logger;
    wallMs: () => number;
    monitorOf: readonly string[];
  },
): void {
  const { target } = connection;
  let isTold = false;
  const listener: WatchListener = {
    observe: (channels, isSnapshot) => {
      if (isSnapshot && !isTold) options.log.info({ target }, "Watching a target");
      isTold = true;
      connection.picture.draw(channels, { isSnapshot, wallMs: options.wallMs() });
      connection.lastError = "";
      options.observe({ target, channels, isSnapshot });
    },
    lose: (why) => {
      // Once for each outage, however often it is tried.
      if (isTold) options.log.warn({ target, why }, "Lost the watch of a target");
      isTold = false;
      connection.picture.isWatched = false;
      connection.lastError = `Cannot watch channels on "${target}": ${why}`;
    },
  };
  const { client } = connection;
  const { monitorOf, signal } = options;
  watchTarget({ client, monitorOf }, listener, signal).catch((error: unknown) =>
    options.log.error({ err: error, target }, "The watch of a target failed unexpectedly"),
  );
}

// StartChannels and StopChannels: they answer when every channel is as ordered, or cannot be.

import type { Clock } from "@hot-backup/kit/clock.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { CallContext } from "@hot-backup/kit/grpc-handlers.ts";
import type {
  ChannelResult,
  StartChannelsRequest,
  StartChannelsResponse,
  StopChannelsRequest,
  StopChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { toChannelResult } from "../convert.ts";
import type { Channel } from "../core/channel-state.ts";
import { type Mark, type Outcome, startOutcome, stopOutcome } from "../core/outcome.ts";
import type { Order } from "../core/orders.ts";
import type { ChannelRefusal, Step } from "../core/state.ts";
import { orderedServersMax } from "../core/wish.ts";
import type { Loop } from "../loop.ts";
import { traceOrder } from "../order-trace.ts";
import { readOverride, readWish } from "./requests.ts";

const errors: Readonly<Record<ChannelRefusal, string>> = {
  UNKNOWN_CHANNEL: "it is not deployed here",
  NOT_PROTECTED: "the server of the order does not protect it",
  LEASE_REQUIRED: "this server holds no lease of that term",
  ORDER_REQUIRED: "it is protected by another server and starts by order of a monitor only",
  PROTECTION_UNKNOWN: "this server protects it, and its configuration says not how",
  STOPPING: "the channels service is stopping",
};

/** What carries them out. */
interface WishService {
  readonly loop: Loop;
  readonly clock: Pick<Clock, "wallMs">;
}

export async function startChannels(
  { loop, clock }: WishService,
  request: StartChannelsRequest,
  context: CallContext,
): Promise<StartChannelsResponse> {
  if (request.override !== undefined) return startByOverride(loop, request, context);
  const wish = readWish(request, "Started");
  const ordered = { name: "order start", clock, ...wish };
  return await traceOrder(context.trace, ordered, async (traceparent) => {
    const step = loop.tell({ type: "start_asked", ...wish, traceparent });
    throwRefused(step, wish.order);
    const results = await settle(loop, step, { outcomeOf: startOutcome, signal: context.signal });
    return { results };
  });
}

async function startByOverride(
  loop: Loop,
  request: StartChannelsRequest,
  { signal }: CallContext,
): Promise<StartChannelsResponse> {
  const asked = readOverride(request);
  const { serverId } = asked;
  const step = loop.tell(asked);
  if (step.refusedBecause !== undefined) {
    throw new Failure("refused", {
      message: `Cannot start channels of "${serverId}" by an override: ${whyNoOverride(step)}`,
      reason: step.refusedBecause,
      metadata: { serverId },
    });
  }
  return { results: await settle(loop, step, { outcomeOf: startOutcome, signal }) };
}

function whyNoOverride({ refusedBecause, state }: Step): string {
  if (refusedBecause === "OVERRIDE_NOT_NEEDED") return "they start without a lease";
  const { lease } = state;
  return lease.state === "held"
    ? `a monitor has given the lease of term ${lease.order.term}, which is held`
    : "its monitor answers, and decides who runs them";
}

export async function stopChannels(
  { loop, clock }: WishService,
  request: StopChannelsRequest,
  context: CallContext,
): Promise<StopChannelsResponse> {
  const wish = readWish(request, "Stopped");
  const ordered = { name: "order stop", clock, ...wish };
  return await traceOrder(context.trace, ordered, async (traceparent) => {
    const step = loop.tell({ type: "stop_asked", ...wish, traceparent });
    throwRefused(step, wish.order);
    const results = await settle(loop, step, { outcomeOf: stopOutcome, signal: context.signal });
    return { results, order: wish.order };
  });
}

/**
 * Resolves when `look` finds something after a change of a channel. Rejects when the signal aborts.
 */
export function waitUntil<Found>(
  loop: Loop,
  look: () => Found | undefined,
  signal: AbortSignal,
): Promise<Found> {
  const first = look();
  if (first !== undefined) return Promise.resolve(first);
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const end = AbortSignal.any([done.signal, signal]);
    signal.addEventListener("abort", () => reject(gone()), { once: true, signal: done.signal });
    loop.listen(() => {
      const found = look();
      if (found === undefined) return;
      done.abort();
      resolve(found);
    }, end);
    if (signal.aborted) reject(gone());
  });
}

function settle(
  loop: Loop,
  step: Step,
  how: {
    outcomeOf: (channel: Channel | undefined, mark: Mark) => Outcome | undefined;
    signal: AbortSignal;
  },
): Promise<ChannelResult[]> {
  const { channels } = step.state;
  return Promise.all(
    step.verdicts.map(async ({ name, refusedBecause }) => {
      const mark = channels.get(name);
      if (refusedBecause !== undefined) {
        const error = `Cannot touch channel "${name}": ${errors[refusedBecause]}`;
        const failure = { reason: refusedBecause, error, lastLines: [] };
        return toChannelResult({ name, channel: mark, failure });
      }
      const look = () => {
        const channel = loop.state().channels.get(name);
        const outcome = mark && how.outcomeOf(channel, mark);
        return outcome && { channel, outcome };
      };
      const { channel, outcome } = await waitUntil(loop, look, how.signal);
      return toChannelResult({ name, channel, failure: outcome.ok ? undefined : outcome });
    }),
  );
}

function throwRefused({ refusedBecause, state }: Step, order: Order | undefined): void {
  if (refusedBecause === undefined || order === undefined) return;
  if (refusedBecause === "TOO_MANY_SERVERS") {
    throw new Failure("exhausted", {
      message:
        `Cannot follow the order for "${order.serverId}": it protects nothing here, and the ` +
        `orders of ${orderedServersMax} servers are remembered already`,
      reason: refusedBecause,
      metadata: { serverId: order.serverId },
    });
  }
  const highest = state.orders.get(order.serverId);
  const given = `it has term ${order.term} of journal ${order.journalId}`;
  const seen = `the highest seen is ${highest?.term} of journal ${highest?.journalId}`;
  throw new Failure("refused", {
    message: `Cannot follow the order for "${order.serverId}": ${given}, ${seen}`,
    reason: refusedBecause,
    metadata: {
      serverId: order.serverId,
      highestTerm: String(highest?.term ?? 0n),
      highestJournalId: highest?.journalId ?? "",
    },
  });
}

// Nobody hears this: the call is over. What was asked for goes on.
function gone(): Failure {
  return new Failure("unavailable", {
    message: "Cannot wait for the channels: the call was cancelled",
    reason: "CANCELLED",
  });
}

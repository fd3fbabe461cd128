// A channels service for tests: remembers the decisions, keeps a simple lease, and tells what it is
// set to.

import { Server } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { unary, serverStream } from "@hot-backup/kit/grpc-handlers.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import {
  Activity,
  ChannelServiceService,
  type RenewLeaseRequest,
  type RenewLeaseResponse,
  type WatchChannelsRequest,
  type WatchChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { LeaseReport } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import type { Order } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { listen } from "./fake-monitor.fixture.ts";

type DecisionCase = NonNullable<RenewLeaseRequest["decision"]>["$case"];

export interface FakeChannels extends AsyncDisposable {
  readonly address: string;
  readonly requests: RenewLeaseRequest[];
  activity: Activity;
  /** Whether a withdraw stops the channel at once. */
  stopsOnWithdraw: boolean;
  /** Whether calls are answered. */
  isAnswering: boolean;
  /** What a held lease is reported to have left. Long: no test ends with it unless it says so. */
  leaseLeftMs: number;
  /** When a call was answered last, by the clock of performance.now(). */
  answeredAtMs: number;
  /** Tells all watchers that something changed. */
  change(): void;
  kinds(): DecisionCase[];
}

export async function openFakeChannels(log: Logger): Promise<FakeChannels> {
  const server = new Server();
  const watchers = new Set<() => void>();
  let lease: LeaseReport = { highest: undefined, state: { $case: "none", value: {} } };
  const fake: FakeChannels = {
    address: "",
    requests: [],
    activity: Activity.ACTIVITY_STOPPED,
    stopsOnWithdraw: true,
    isAnswering: true,
    leaseLeftMs: 60_000,
    answeredAtMs: 0,
    change: () => {
      for (const tell of watchers) tell();
    },
    kinds: () => fake.requests.flatMap(({ decision }) => decision?.$case ?? []),
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
  const renewLease = async (request: RenewLeaseRequest): Promise<RenewLeaseResponse> => {
    fake.requests.push(request);
    if (!fake.isAnswering) return new Promise(() => undefined);
    lease = follow(fake, lease, request);
    fake.answeredAtMs = performance.now();
    const term = lease.highest?.term ?? 0n;
    const channels = [{ name: "orders", activity: fake.activity, term, digest: "d1" }];
    return { report: lease, refusedBecause: "", channels, holder: "boot/1/2" };
  };
  const { renewLease: renewDefinition, watchChannels: watchDefinition } = ChannelServiceService;
  server.addService(
    { renewLease: renewDefinition, watchChannels: watchDefinition },
    {
      renewLease: unary(log, renewLease),
      watchChannels: serverStream<WatchChannelsRequest, WatchChannelsResponse>(
        log,
        async (_request, outlet) => {
          const tell = () => outlet.send({ event: { $case: "undeployed", value: "other" } });
          watchers.add(tell);
          await aborted(outlet.signal);
          watchers.delete(tell);
        },
      ),
    },
  );
  return Object.assign(fake, { address: `127.0.0.1:${await listen(server)}` });
}

function follow(
  fake: FakeChannels,
  before: LeaseReport,
  { order, decision }: RenewLeaseRequest,
): LeaseReport {
  if (order === undefined) return before;
  if (decision?.$case === "deadline" && before.state?.$case !== "ended") {
    fake.activity = Activity.ACTIVITY_STARTED;
    return held(order, fake.leaseLeftMs);
  }
  if (decision?.$case === "withdraw") {
    if (fake.stopsOnWithdraw) fake.activity = Activity.ACTIVITY_STOPPED;
    const { term, journalId } = order;
    const because = decision.value.because;
    return { highest: order, state: { $case: "ended", value: { term, journalId, because } } };
  }
  return before;
}

function held(order: Order, leaseLeftMs: number): LeaseReport {
  const { term, journalId } = order;
  const timeLeft = toDuration(leaseLeftMs);
  return { highest: order, state: { $case: "held", value: { term, journalId, timeLeft } } };
}

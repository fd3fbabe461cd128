// A whole monitor in a test, with time, targets and notify in the test's hands. Nothing is real but
// the cores and the loops.

import { openLog } from "@hot-backup/kit/log.ts";
import type { Heard } from "./core/heard.ts";
import { sampleSettings } from "./core/story.fixture.ts";
import type { ServerSettings } from "./core/server-settings.ts";
import { Monitor } from "./monitor.ts";
import type {
  Email,
  EmailAnswer,
  Journal,
  OrderAnswer,
  TargetObservation,
  TargetOrder,
} from "./ports.ts";
import { TestTime } from "./test-time.fixture.ts";

/** One order as a target got it. */
export interface SeenOrder {
  readonly kind: "start" | "stop";
  readonly names: readonly string[];
  readonly term: bigint;
}

/** What a test has its own way. */
export interface TestMonitorOptions {
  time?: TestTime;
  settings?: Partial<ServerSettings>;
  /** Watched besides primary-1. */
  others?: readonly ServerSettings[];
  /** Why the targets are not ready. "": they are. */
  readiness?: () => string;
  /** How long the monitor takes from its making until it listens. */
  beforeListeningMs?: number;
  isConnected?: () => boolean;
  /** How a target answers; undefined: it obeys. */
  answer?: (
    order: SeenOrder,
    signal: AbortSignal,
  ) => OrderAnswer | Promise<OrderAnswer> | undefined;
  mail?: (email: Email) => EmailAnswer | Promise<EmailAnswer>;
}

export class TestMonitor implements Disposable {
  readonly time: TestTime;
  readonly monitor: Monitor;
  readonly orders: SeenOrder[] = [];
  readonly mails: Email[] = [];
  observe: (observed: TargetObservation) => void = () => {};
  #sequence = 0;
  #serial = 0;

  constructor(journal: Journal, options: TestMonitorOptions = {}) {
    this.time = options.time ?? new TestTime();
    const order = (kind: SeenOrder["kind"]) => async (given: TargetOrder, signal: AbortSignal) => {
      const seen = { kind, names: given.names, term: given.term };
      this.orders.push(seen);
      return (await options.answer?.(seen, signal)) ?? obey(seen);
    };
    this.monitor = new Monitor({
      server: "backup-1",
      group: "test",
      servers: [sampleSettings(options.settings), ...(options.others ?? [])],
      fences: new Map(),
      mailDelayMs: 5000,
      journal,
      targets: {
        isConnected: () => options.isConnected?.() ?? true,
        start: order("start"),
        stop: order("stop"),
        readiness: async () => options.readiness?.() ?? "",
        watch: (observe) => {
          this.observe = observe;
        },
      },
      notifier: {
        sendEmail: async (email) => {
          this.mails.push(email);
          return (await options.mail?.(email)) ?? { kind: "accepted" };
        },
      },
      actions: { callWebhook: async () => "", runCommand: async () => "" },
      clock: this.time.clock,
      timers: this.time.timers,
      chance: () => 0.5,
      log: openLog("test", { server: "test", level: "fatal" }),
    });
    this.time.nowMs += options.beforeListeningMs ?? 0;
    this.monitor.start();
  }

  get server() {
    const server = this.monitor.servers.get("primary-1");
    if (server === undefined) throw new Error("the settings name no primary-1");
    return server;
  }

  get record() {
    return this.server.record;
  }

  /** A new stream of the server's heartbeat service. */
  connect(holder = "machine-1", lifeId = "life-1") {
    this.#sequence = 0;
    const serial = (this.#serial += 1);
    return this.server.streams.open({ serial, lifeId, holder, replace: () => {} });
  }

  /** One heartbeat that acknowledges the one before, unless `fields` says otherwise. */
  beat(fields: Partial<Heard> = {}) {
    const acknowledged = this.#sequence;
    this.#sequence += 1;
    return this.server.streams.hear(this.#serial, {
      sequence: this.#sequence,
      acknowledged,
      isChannelsAnswering: true,
      unfitBecause: "",
      lease: "none",
      override: undefined,
      leaseLeftMs: 0,
      leaseTerm: 0n,
      isLeaseOfThisJournal: true,
      highestTerm: this.record.term,
      isHighestOfThisJournal: true,
      areChannelsStopped: true,
      holder: "machine-1",
      host: "host-1",
      ...fields,
    });
  }

  /** The server says that it stops in good order. */
  close() {
    return this.server.streams.close(this.#serial, { name: "anna", reason: "test" });
  }

  /** A heartbeat that shows the lease of the present term. */
  beatHeld(leaseLeftMs = 0) {
    const { term } = this.record;
    return this.beat({ lease: "held", leaseTerm: term, leaseLeftMs, areChannelsStopped: false });
  }

  /**
   * A heartbeat that shows the lease of the present term with so much left. Returns the length of
   * the lease that answers it; 0: none.
   */
  renew(leaseLeftMs: number): number {
    const answer = this.beatHeld(leaseLeftMs);
    return answer !== undefined && "leaseMs" in answer ? answer.leaseMs : 0;
  }

  /** From the first heartbeat to a server that holds its lease. */
  async bringToLife(): Promise<void> {
    this.connect();
    this.beat();
    this.beat();
    await this.time.pass(1);
    // Where no holder was known, a first grant waits for a threshold since the monitor's start.
    while (this.time.nowMs < 1000) {
      this.beat();
      await this.time.pass(100);
    }
    this.beat();
    await this.time.pass(100);
    this.beatHeld();
  }

  signals(): readonly string[] {
    const all = this.monitor.parts.journal.listSignalsAfter(0n, { serverId: "", limit: 100 });
    return all.map(({ signal, term }) => `${signal} ${term}`);
  }

  [Symbol.dispose](): void {
    this.monitor[Symbol.dispose]();
  }
}

function obey(order: SeenOrder): OrderAnswer {
  const activity = order.kind === "start" ? "STARTED" : "STOPPED";
  const names = order.names.includes("*") ? ["orders"] : order.names;
  return {
    kind: "answered",
    channels: names.map((name) => ({ name, activity, isOk: true, error: "", lastLines: [] })),
  };
}

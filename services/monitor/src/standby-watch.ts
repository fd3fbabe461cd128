// Looks again and again whether a takeover of each server would succeed: at the targets, at the
// mail, and at what the servers told of themselves. Never on the way of a heartbeat, never while a
// run of the server orders its targets, and it orders nothing itself.

import {
  lastingProblems,
  noteLook,
  problemsNow,
  type KnownProblem,
  type ReadinessMemory,
  recallReadiness,
} from "./core/readiness-memory.ts";
import { isOpen } from "./core/run-record.ts";
import {
  findReadinessProblems,
  keyOf,
  type MailCheck,
  type ReadinessFacts,
  sendsMail,
  startsOf,
  type TargetCheck,
} from "./core/standby-readiness.ts";
import type { Monitor } from "./monitor.ts";
import type { Timer } from "./ports.ts";
import type { ServerLoop } from "./server-loop.ts";
import { StandbyNews } from "./standby-news.ts";
import { StandbyTriggers } from "./standby-triggers.ts";
import type { ReadinessPolicy, Recipients, StandbyChecks } from "./standby-ports.ts";
import { recipientsOf, TakeoverPlans } from "./takeover-plans.ts";

/** Targets that are asked at once. */
const targetsAtOnce = 8;

/** Servers that are judged before heartbeats get their turn. */
const serversAtOnce = 50;

/** Part of the period by which looks of many monitors are spread. */
const jitter = 0.1;

/** Longest wait for a look that something has asked for: a burst of changes is one look. */
const soonMsMax = 1_000;

/** Part of the period that two looks are apart at least, whatever asks for them. */
const pauseShare = 0.1;

/** What is known of one server now. */
export interface Readiness {
  readonly problems: readonly KnownProblem[];
  /** Wall clock of the last look. Undefined: none yet. */
  readonly checkedWallMs: number | undefined;
}

/** The channels of a server, as its heartbeats told them last. Undefined: it has not. */
export type OwnChannels = (server: ServerLoop) => ReadinessFacts["own"];

/** Must be disposed: then it looks no more. */
export class StandbyWatch implements Disposable {
  readonly #monitor: Monitor;
  readonly #checks: StandbyChecks;
  readonly #policy: ReadinessPolicy;
  readonly #ownChannels: OwnChannels;
  readonly #news: StandbyNews;
  readonly #plans: TakeoverPlans;
  readonly #memories = new Map<string, ReadinessMemory>();
  readonly #targets = new Map<string, TargetCheck>();
  readonly #stop = new AbortController();
  readonly #unsubscribe: () => void;
  #mail: MailCheck | undefined;
  #timer: Timer | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #isLooking = false;
  /** Something has asked for a look since the last one began. */
  #isWanted = false;

  constructor(
    monitor: Monitor,
    given: { checks: StandbyChecks; policy: ReadinessPolicy; ownChannels: OwnChannels },
  ) {
    const { policy } = given;
    this.#monitor = monitor;
    this.#checks = given.checks;
    this.#policy = policy;
    this.#ownChannels = given.ownChannels;
    this.#plans = new TakeoverPlans(monitor.parts.clock);
    const emailOf = (serverId: string) => this.#emailOf(serverId);
    this.#news = new StandbyNews(monitor.parts, { everyMs: policy.everyMs, emailOf });
    const nowMs = monitor.parts.clock.nowMs();
    for (const serverId of monitor.servers.keys()) {
      this.#memories.set(serverId, recallReadiness(this.#news.toldOf(serverId), nowMs));
    }
    const triggers = new StandbyTriggers();
    this.#unsubscribe = monitor.subscribe({
      targetObserved: (observed) => {
        if (triggers.seeTarget(observed)) this.lookSoon();
      },
      serverChanged: (server) => {
        const own = this.#ownChannels(server) ?? [];
        if (triggers.seeServer(server.record.serverId, own)) this.lookSoon();
      },
    });
    this.lookSoon();
  }

  /** What is known of a server now. */
  of(serverId: string): Readiness {
    const memory = this.#memories.get(serverId);
    if (memory?.looked === undefined) return { problems: [], checkedWallMs: undefined };
    return { problems: problemsNow(memory), checkedWallMs: memory.looked.wallMs };
  }

  /** Looks before its time: something has changed. */
  lookSoon(): void {
    this.#isWanted = true;
    this.#lookIn(Math.min(soonMsMax, pauseShare * this.#policy.everyMs));
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#timer?.cancel();
    this.#unsubscribe();
  }

  #lookIn(delayMs: number): void {
    if (this.#stop.signal.aborted || this.#isLooking) return;
    const { clock, timers } = this.#monitor.parts;
    const dueMs = clock.nowMs() + delayMs;
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#timer?.cancel();
    this.#timer = timers.after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { log, chance } = this.#monitor.parts;
    this.#isLooking = true;
    this.#isWanted = false;
    this.#dueMs = Number.POSITIVE_INFINITY;
    try {
      await this.#lookOnce();
    } catch (error) {
      log.error({ err: error }, "A look at standby readiness failed unexpectedly");
    }
    this.#isLooking = false;
    const { everyMs } = this.#policy;
    this.#lookIn(everyMs * (1 - jitter + 2 * jitter * chance()));
    if (this.#isWanted) this.#lookIn(pauseShare * everyMs);
  }

  async #lookOnce(): Promise<void> {
    const servers = [...this.#monitor.servers.values()];
    await this.#askTargets(servers);
    const isMailed = servers.some((each) => sendsMail(this.#plans.of(each)));
    this.#mail = isMailed ? await this.#checks.checkMail() : undefined;
    for (const [index, server] of servers.entries()) {
      if (this.#stop.signal.aborted || this.#monitor.isStopping) return;
      if (!isAtWork(server)) this.#judge(server);
      await giveTurn(index);
    }
    // In maintenance nothing is declared, and what it changes for a while is nobody's news.
    const told = servers.filter(({ record }) => record.maintenance === undefined);
    const lasting = told.map(({ record: { serverId, term } }) => {
      const memory = this.#memories.get(serverId);
      const problems = memory === undefined ? [] : lastingProblems(memory, this.#policy.everyMs);
      return { serverId, term, problems };
    });
    await this.#news.tell(lasting, this.#stop.signal);
  }

  // A target whose orders have just begun is not asked: all it has is for them.
  async #askTargets(servers: readonly ServerLoop[]): Promise<void> {
    const busy = new Set<string>();
    const all = new Set<string>();
    for (const [index, server] of servers.entries()) {
      await giveTurn(index);
      const isBusy = this.#hasJustBegun(server);
      for (const target of startsOf(this.#plans.of(server)).keys()) {
        all.add(target);
        if (isBusy) busy.add(target);
      }
    }
    const waiting = all.difference(busy).values();
    const work = async () => {
      for (const target of waiting) {
        if (this.#stop.signal.aborted) return;
        this.#targets.set(target, await this.#checks.checkTarget(target));
      }
    };
    await Promise.all(Array.from({ length: targetsAtOnce }, work));
  }

  #judge(server: ServerLoop): void {
    const { serverId, state, assignment } = server.record;
    const { clock } = this.#monitor.parts;
    const plan = this.#plans.of(server);
    if ([...startsOf(plan).keys()].some((target) => !this.#targets.has(target))) return;
    const own = this.#ownChannels(server);
    const facts = {
      serverId,
      state,
      assignment,
      own,
      plan,
      targets: this.#targets,
      mail: this.#mail,
    };
    const look = { nowMs: clock.nowMs(), wallMs: clock.wallMs(), everyMs: this.#policy.everyMs };
    const before = this.of(serverId);
    const memory = this.#memories.get(serverId) ?? recallReadiness([], look.nowMs);
    this.#memories.set(serverId, noteLook(memory, findReadinessProblems(facts), look));
    if (isNews(before, this.of(serverId))) this.#monitor.announce(server);
  }

  #emailOf(serverId: string): Recipients | undefined {
    const { email } = this.#policy;
    if (email === "off") return undefined;
    const server = this.#monitor.servers.get(serverId);
    return email ?? (server && recipientsOf(this.#plans.of(server)));
  }

  #hasJustBegun(server: ServerLoop): boolean {
    const nowWallMs = this.#monitor.parts.clock.wallMs();
    return [...server.runs.live()].some(({ state, startedWallMs }) => {
      const ageMs = nowWallMs - startedWallMs;
      // Below 0: the wall clock was set back, and would keep the run young for as long.
      return state === "running" && ageMs >= 0 && ageMs < this.#policy.everyMs;
    });
  }
}

// Lets heartbeats have their turn among thousands of servers.
async function giveTurn(index: number): Promise<void> {
  if (index % serversAtOnce === serversAtOnce - 1) await new Promise(setImmediate);
}

// What a run does, or a gate waits for, changes what is found: they tell of it themselves. A mail
// that notify does not take is no such work, and may be waited for for days.
function isAtWork(server: ServerLoop): boolean {
  const { gate, record } = server.watched.server;
  if (gate !== undefined || record.switchover !== undefined) return true;
  return [...server.runs.live()].some(
    ({ state, steps }) =>
      state === "running" && steps.some((each) => isOpen(each) && each.step.kind !== "email"),
  );
}

function isNews(before: Readiness, after: Readiness): boolean {
  if (before.checkedWallMs === undefined) return true;
  const names = (each: Readiness) => each.problems.map(keyOf).join("\n");
  return names(before) !== names(after);
}

// The stage of one story: its world, its cast, and the onlookers who judge it.

import { assemble, type Cast, type Watching } from "./cast.ts";
import { Convergence } from "./checkers/convergence.ts";
import { DoublingDelay } from "./checkers/doubling-delay.ts";
import { FlapHeld } from "./checkers/flap-held.ts";
import { MailsOnce } from "./checkers/mails-once.ts";
import { OneRunner } from "./checkers/one-runner.ts";
import { OwnWork } from "./checkers/own-work.ts";
import { ReadFirst } from "./checkers/read-first.ts";
import { SignalsOnce } from "./checkers/signals-once.ts";
import { TrueDeaths } from "./checkers/true-deaths.ts";
import type { Checker, Fact, Violation } from "./fact.ts";
import { Ambush } from "./faults/ambush.ts";
import { Network } from "./kernel/network.ts";
import { Random } from "./kernel/random.ts";
import { Schedule } from "./kernel/schedule.ts";
import { Trace } from "./kernel/trace.ts";
import { type Sabotage, sabotages } from "./sabotages.ts";
import { drawTopology, stopTimeoutMs, type Topology, type TopologyName } from "./topology.ts";
import type { World } from "./world.ts";

export interface StageOptions {
  readonly seed: number;
  readonly isTraced?: boolean;
  /** Drawn from the seed where it is not given. */
  readonly topology?: TopologyName | Topology | undefined;
  readonly sabotage?: Sabotage | undefined;
}

export interface Stage {
  readonly world: World;
  readonly cast: Cast;
  readonly ambush: Ambush;
  readonly checkers: readonly Checker[];
  readonly violations: readonly Violation[];
  /** Rows of the state table that were taken: "from to because". */
  readonly rows: ReadonlySet<string>;
}

export function setStage(options: StageOptions, endMs: number): Stage {
  const { seed, isTraced, sabotage } = options;
  const wanted = options.topology ?? (sabotage && sabotages[sabotage].topology);
  const schedule = new Schedule();
  const random = new Random(seed);
  const trace = new Trace(isTraced ?? false, () => schedule.nowMs);
  const topology = typeof wanted === "object" ? wanted : drawTopology(random, wanted);
  const violations: Violation[] = [];
  const report = (violation: Violation) => {
    violations.push(violation);
    trace.say("VIOLATION", `${violation.invariant}: ${violation.text}`);
  };
  const ambush = new Ambush(schedule, random.fork());
  const checkers = [...createCheckers(topology, { report, endMs }), ambush];
  const world: World = {
    schedule,
    random,
    network: new Network(schedule, random.fork()),
    trace,
    sabotage,
    isRestless: false,
    streams: new Set(),
    tell: (fact: Fact) => {
      for (const checker of checkers) checker.note(fact, schedule.nowMs);
    },
  };
  const rows = new Set<string>();
  const onRow = (from: string, to: string, because: string) => {
    rows.add(`${from} ${to} ${because}`);
  };
  const cast = assemble(world, topology, onRow);
  const { timing, name, failback } = topology;
  trace.say("story", `seed ${seed}: ${name}, threshold ${timing.thresholdMs} ms, ${failback.kind}`);
  return { world, cast, ambush, checkers, violations, rows };
}

/** What an onlooker who knows every fault can say about the way of each server's heartbeats. */
export function tellHealth({ world, cast }: Pick<Stage, "world" | "cast">): void {
  for (const watching of cast.watchings) tellHealthOf(world, watching);
}

function tellHealthOf(world: World, watching: Watching): void {
  const { plan, heartbeat, channels, monitor, clone } = watching;
  const { machine } = heartbeat.process;
  const there = monitor.process.machine;
  const isBeating = heartbeat.process.isActive;
  const isServed = channels.process.isActive && channels.isServing;
  const isStopping = heartbeat.isClosing || channels.current().isStopping;
  const isWellConnected = world.network.isSound(machine, there);
  // Two that say to be the same server hinder each other.
  const isAlone = clone?.machine.isOn !== true;
  const isWorking = isBeating && isServed && !isStopping && isAlone;
  const isHeard = isWorking && isWellConnected && monitor.process.isRunning;
  world.tell({
    kind: "health_changed",
    serverId: plan.serverId,
    isSound: isHeard && !channels.isUnwilling,
    isBeating,
    isServed,
    isUnwilling: isHeard && channels.isUnwilling && monitor.process.isActive,
    isMonitorAwake: monitor.process.isActive,
    isMonitorStoring: !monitor.fate.isFull,
    monitorLife: monitor.process.life,
  });
}

function createCheckers(
  { timing, watched, closeExpiryMs, protection, flap }: Topology,
  given: { report: (violation: Violation) => void; endMs: number },
): readonly Checker[] {
  const { report, endMs } = given;
  const channels = watched.flatMap((each) => each.channels);
  const isLeased = protection === "lease";
  const provenMs = isLeased ? timing.leaseMs : timing.thresholdMs;
  return [
    // Without protection two may run, whenever only the network fails.
    ...(isLeased
      ? [new OneRunner(report, { home: timing.stopBudgetMs, elsewhere: stopTimeoutMs })]
      : []),
    new DoublingDelay(report, timing.thresholdMs),
    new SignalsOnce(report),
    new Convergence(report, { channels, endMs }),
    new MailsOnce(report),
    new TrueDeaths(report, { ...timing, provenMs, closeExpiryMs }),
    new ReadFirst(report),
    ...(flap === undefined ? [] : [new FlapHeld(report, flap)]),
    new OwnWork(report),
  ];
}

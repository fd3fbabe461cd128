// One story: a world is built from a seed, faults strike for a while, everything heals, and the
// checkers say whether every promise was kept. The same seed tells the same story to the byte.

import { assemble, type Cast, type Watching } from "./cast.ts";
import { Convergence } from "./checkers/convergence.ts";
import { MailsOnce } from "./checkers/mails-once.ts";
import { OneRunner } from "./checkers/one-runner.ts";
import { OwnWork } from "./checkers/own-work.ts";
import { SignalsOnce } from "./checkers/signals-once.ts";
import { TrueDeaths } from "./checkers/true-deaths.ts";
import type { Checker, Fact, Violation } from "./fact.ts";
import { Ambush } from "./faults/ambush.ts";
import { type FaultsOf, healAll, planFaults } from "./faults/plan.ts";
import { Network } from "./kernel/network.ts";
import { Random } from "./kernel/random.ts";
import { Schedule } from "./kernel/schedule.ts";
import { Trace } from "./kernel/trace.ts";
import type { Sabotage } from "./sabotage.ts";
import { drawTopology, type Topology, type TopologyName } from "./topology.ts";
import type { World } from "./world.ts";

export interface StoryOptions {
  readonly seed: number;
  readonly isTraced?: boolean;
  readonly topology?: TopologyName | undefined;
  readonly sabotage?: Sabotage | undefined;
}

export interface StoryResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  /** How often each kind of fault struck. */
  readonly faults: ReadonlyMap<string, number>;
  /** Rows of the state table that were taken: "from to because". */
  readonly rows: ReadonlySet<string>;
  readonly steps: number;
}

/** A minute: faults in its first half, then time to come to rest. */
const faultsFromMs = 4000;
/** Part of the stories in which the faults do not wait until all is well for the first time. */
const earlyShare = 0.15;
const faultsUntilMs = 34_000;
const endMs = 60_000;

/** How soon a service that ends after the faults is started again. */
const restartMs = 300;

const kept = Promise.resolve();

/** Turns of the queue of promises: more than the longest chain of the monitor's loops takes. */
const turnsPerStep = 24;

export async function tellStory(options: StoryOptions): Promise<StoryResult> {
  const { world, cast, ambush, violations, rows, checkers } = build(options);
  const tally = new Map<string, number>();
  const changed = () => {
    for (const watching of cast.watchings) tellHealth(world, watching);
  };
  for (const process of cast.processes) {
    process.onChange = () => {
      changed();
      // What was asked to stop before all healed still stops, and is started again.
      const isHealed = world.schedule.nowMs >= faultsUntilMs;
      if (isHealed && !process.isRunning) world.schedule.after(restartMs, () => process.start());
    };
  }
  const faults: FaultsOf = {
    world,
    cast,
    ambush,
    fromMs: world.random.happens(earlyShare) ? 0 : faultsFromMs,
    untilMs: faultsUntilMs,
    tally,
    changed,
  };
  for (const process of cast.processes) {
    world.schedule.after(world.random.between(0, 300), () => process.start());
  }
  planFaults(faults);
  world.schedule.at(faultsUntilMs, () => healAll(faults));
  await run(world);
  for (const checker of checkers) checker.conclude(world.schedule.nowMs);
  const { lost, duplicated } = world.network.tally;
  if (lost > 0) tally.set("messages_lost", lost);
  if (duplicated > 0) tally.set("calls_doubled", duplicated);
  const { lines: trace } = world.trace;
  const { steps } = world.schedule;
  return { seed: options.seed, violations, trace, faults: tally, rows, steps };
}

interface Built {
  readonly world: World;
  readonly cast: Cast;
  readonly ambush: Ambush;
  readonly checkers: readonly Checker[];
  readonly violations: Violation[];
  readonly rows: Set<string>;
}

function build({ seed, isTraced, topology: wanted, sabotage }: StoryOptions): Built {
  const schedule = new Schedule();
  const random = new Random(seed);
  const trace = new Trace(isTraced ?? false, () => schedule.nowMs);
  const topology = drawTopology(random, wanted);
  const violations: Violation[] = [];
  const report = (violation: Violation) => {
    violations.push(violation);
    trace.say("VIOLATION", `${violation.invariant}: ${violation.text}`);
  };
  const ambush = new Ambush(schedule, random.fork());
  const checkers = [...createCheckers(topology, report), ambush];
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

function createCheckers(
  { timing, watched }: Topology,
  report: (violation: Violation) => void,
): readonly Checker[] {
  const channels = watched.flatMap((each) => each.channels);
  return [
    new OneRunner(report),
    new SignalsOnce(report),
    new Convergence(report, { channels, endMs }),
    new MailsOnce(report),
    new TrueDeaths(report, timing),
    new OwnWork(report),
  ];
}

async function run(world: World): Promise<void> {
  while (world.schedule.stepUntil(endMs)) {
    if (!world.isRestless) continue;
    world.isRestless = false;
    for (let turn = 0; turn < turnsPerStep; turn += 1) await kept;
  }
}

// What an onlooker who knows every fault can say about the way of a server's heartbeats.
function tellHealth(world: World, { plan, heartbeat, channels, monitor }: Watching): void {
  const { serverId } = plan;
  const { machine } = heartbeat.process;
  const there = monitor.process.machine;
  const isRunning = heartbeat.process.isActive && channels.process.isActive && channels.isServing;
  const isStopping = heartbeat.isClosing || channels.current().isStopping;
  const isOpen = world.network.isOpen(machine, there) && world.network.isOpen(there, machine);
  const isWellConnected = world.network.isSound(machine, there);
  const loop = monitor.monitor?.servers.get(serverId);
  world.tell({
    kind: "health_changed",
    serverId,
    isSound: isRunning && !isStopping && isWellConnected && monitor.process.isRunning,
    isSilent: !isRunning || !isOpen,
    isCutOff: !isOpen,
    isMonitorAwake: monitor.process.isActive,
    isInMaintenance: loop?.record.maintenance !== undefined,
  });
}

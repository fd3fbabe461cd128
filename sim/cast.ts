// The machines and services of one story, built from its topology.

import type { Network } from "./kernel/network.ts";
import { Machine } from "./kernel/machine.ts";
import type { Process } from "./kernel/process.ts";
import { ChannelsHost } from "./services/channels-host.ts";
import { HeartbeatHost } from "./services/heartbeat-host.ts";
import { MonitorHost, type RowListener } from "./services/monitor-host.ts";
import { NotifyHost } from "./services/notify-host.ts";
import type { Manners } from "./services/program-run.ts";
import { deployedOn, settingsOf, type Topology, type WatchedPlan } from "./topology.ts";
import type { World } from "./world.ts";

/** A watched server with everything that its heartbeats depend on. */
export interface Watching {
  readonly plan: WatchedPlan;
  readonly heartbeat: HeartbeatHost;
  readonly channels: ChannelsHost;
  readonly monitor: MonitorHost;
  /** The channels service that takes over. */
  readonly target: ChannelsHost;
  /** Its copy, where the topology has one. */
  readonly clone: Clone | undefined;
}

/** A copied machine: it says to be the server that it is a copy of, and is off until it strikes. */
export interface Clone {
  readonly machine: Machine;
  readonly channels: ChannelsHost;
  readonly heartbeat: HeartbeatHost;
}

export interface Cast {
  readonly topology: Topology;
  readonly machines: readonly Machine[];
  readonly channels: readonly ChannelsHost[];
  readonly heartbeats: readonly HeartbeatHost[];
  readonly monitors: readonly MonitorHost[];
  readonly notifies: readonly NotifyHost[];
  readonly watchings: readonly Watching[];
  readonly processes: readonly Process[];
  readonly network: Network;
}

/** The group of every monitor but that of a stranger. */
const group = "sim";

/** Half of what two clocks may differ by. */
const rateSpread = 0.0005;

export function assemble(world: World, topology: Topology, onRow: RowListener): Cast {
  const { random, schedule } = world;
  const countsSleep = world.sabotage !== "sleeping_clock";
  const machines = topology.machines.map((name) => {
    const rate = 1 + random.between(-rateSpread, rateSpread);
    return new Machine({ name, schedule, random: random.fork(), rate, countsSleep });
  });
  const allChannels = machines.map((machine) => channelsOn(world, machine, topology));
  const channels = allChannels.filter(({ process }) => process.machine.name !== topology.clone);
  const notifies: NotifyHost[] = [];
  const monitors: MonitorHost[] = [];
  for (const machine of machines) {
    const isStranger = machine.name === topology.stranger;
    const plans = topology.watched.filter(({ monitor }) => isStranger || monitor === machine.name);
    if (plans.length === 0) continue;
    const notify = new NotifyHost(world, `notify@${machine.name}`, machine);
    notifies.push(notify);
    monitors.push(monitorOn(world, { machine, topology, plans, channels, notify, onRow }));
  }
  const watchings = topology.watched.map((plan): Watching => {
    const monitor = hostOn(monitors, plan.monitor);
    const own = hostOn(channels, plan.serverId);
    const target = hostOn(channels, plan.backup);
    const strangers = monitors.filter((each) => each.group !== monitor.group);
    const addresses = [monitor, ...strangers];
    const heartbeat = heartbeatOf(world, { topology, own, addresses });
    const copy = allChannels.find(({ process }) => process.machine.name === topology.clone);
    const clone = copy && cloneOf(world, { topology, own: copy, addresses });
    return { plan, channels: own, target, monitor, heartbeat, clone };
  });
  const heartbeats = watchings.map(({ heartbeat }) => heartbeat);
  const services = [...channels, ...monitors, ...notifies, ...heartbeats];
  return {
    topology,
    machines: machines.filter(({ name }) => name !== topology.clone),
    channels,
    heartbeats,
    monitors,
    notifies,
    watchings,
    processes: services.map(({ process }) => process),
    network: world.network,
  };
}

function monitorOn(
  world: World,
  given: {
    machine: Machine;
    topology: Topology;
    plans: readonly WatchedPlan[];
    channels: readonly ChannelsHost[];
    notify: NotifyHost;
    onRow: RowListener;
  },
): MonitorHost {
  const { machine, topology, plans, channels, notify, onRow } = given;
  return new MonitorHost(world, {
    name: `monitor@${machine.name}`,
    machine,
    group: machine.name === topology.stranger ? "strangers" : group,
    settings: plans.map((plan) => settingsOf(topology, plan)),
    targets: new Map(plans.map(({ backup }) => [backup, hostOn(channels, backup)])),
    notify,
    onRow,
  });
}

function channelsOn(world: World, machine: Machine, topology: Topology): ChannelsHost {
  const { stopBudgetMs, killMarginMs } = topology.timing;
  const isClone = machine.name === topology.clone;
  const serverId = isClone ? (topology.watched[0]?.serverId ?? "") : machine.name;
  const manners = (): Manners => ({
    readyMs: world.random.between(5, 200),
    stopMs: world.random.between(5, 150),
    isStubborn: false,
  });
  const { protection } = topology;
  const settings = { serverId, protection, stopBudgetMs, killMarginMs };
  return new ChannelsHost(world, {
    machine,
    settings,
    kept: deployedOn(topology, serverId),
    manners,
  });
}

interface HeartbeatPlan {
  readonly topology: Topology;
  readonly own: ChannelsHost;
  readonly addresses: readonly MonitorHost[];
}

function cloneOf(world: World, plan: HeartbeatPlan): Clone {
  const { machine } = plan.own.process;
  machine.cutPower();
  return { machine, channels: plan.own, heartbeat: heartbeatOf(world, plan) };
}

function heartbeatOf(world: World, { topology, own, addresses }: HeartbeatPlan): HeartbeatHost {
  const { intervalMs } = topology.timing;
  return new HeartbeatHost(world, {
    machine: own.process.machine,
    channels: own,
    group,
    monitorAt: (address) => addresses.find(({ process }) => process.name === address)?.server,
    settings: {
      serverId: own.settings.serverId,
      addresses: addresses.map(({ process }) => process.name),
      protection: topology.protection,
      intervalMs,
      silenceMs: Math.max(3 * intervalMs, 500),
      reconnectFirstMs: 50,
      reconnectMaxMs: Math.min(1000, Math.max(50, intervalMs)),
      stopsOnFailedChannel: false,
      stopMs: 8000,
      closeMs: 3000,
    },
  });
}

function hostOn<Host extends { readonly process: Process }>(
  hosts: readonly Host[],
  machine: string,
): Host {
  const found = hosts.find(({ process }) => process.machine.name === machine);
  if (found === undefined) throw new Error(`the topology lacks a service on "${machine}"`);
  return found;
}

// Which servers a story has, who watches whom, and how they are configured. Chance picks it.

import type { Definition } from "../services/channels/src/core/definition.ts";
import type { Kept } from "../services/channels/src/core/durable.ts";
import type { FlowStep } from "../services/monitor/src/core/flow.ts";
import type {
  FailbackPolicy,
  FlapPolicy,
  ServerSettings,
} from "../services/monitor/src/core/server-settings.ts";
import type { Random } from "./kernel/random.ts";

export const topologyNames = [
  "pair",
  "apart",
  "mutual",
  "five",
  "cloned",
  "strangers",
  "unprotected",
] as const;
export type TopologyName = (typeof topologyNames)[number];

export function isTopologyName(name: string): name is TopologyName {
  return topologyNames.some((each) => each === name);
}

/** A server that is watched, by whom, and what it runs. */
export interface WatchedPlan {
  readonly serverId: string;
  /** Machine whose monitor watches it. */
  readonly monitor: string;
  /** Machine whose channels service is the target of its flow. */
  readonly backup: string;
  readonly channels: readonly string[];
}

export interface Topology {
  readonly name: TopologyName;
  readonly machines: readonly string[];
  readonly watched: readonly WatchedPlan[];
  readonly protection: "lease" | "none";
  /** Machine that is a copy of the first watched server's when it is switched on. */
  readonly clone: string | undefined;
  /** Machine whose monitor is of another group, and named in the address list all the same. */
  readonly stranger: string | undefined;
  readonly timing: Timing;
  readonly failback: FailbackPolicy;
  readonly flap: FlapPolicy | undefined;
  readonly closeExpiryMs: number | undefined;
  /** The CLOSE case of the flow starts the channels on the backup. */
  readonly takesOverOnClose: boolean;
}

export interface Timing {
  readonly thresholdMs: number;
  readonly leaseMs: number;
  readonly intervalMs: number;
  readonly stopBudgetMs: number;
  readonly killMarginMs: number;
}

/** Thresholds with intervals that lose some heartbeats without losing the lease. */
const timings: readonly Timing[] = [
  { thresholdMs: 1000, leaseMs: 750, intervalMs: 200, stopBudgetMs: 200, killMarginMs: 50 },
  { thresholdMs: 2000, leaseMs: 1500, intervalMs: 400, stopBudgetMs: 300, killMarginMs: 50 },
  { thresholdMs: 3000, leaseMs: 2250, intervalMs: 600, stopBudgetMs: 400, killMarginMs: 50 },
];

/**
 * Most stories are about one watched server: what breaks there breaks everywhere, and they are
 * quick. With the monitor apart the network is between it and the backup, too.
 */
const names: readonly TopologyName[] = [
  ...Array.from({ length: 7 }, () => "pair" as const),
  ...Array.from({ length: 7 }, () => "apart" as const),
  "mutual",
  "mutual",
  "five",
  "cloned",
  "strangers",
  "unprotected",
];

/** What a program gets to end by itself, without a lease that ends before. */
export const stopTimeoutMs = 1500;

/** Short enough that a story of a minute sees a server held, and forgiven. */
const flap: FlapPolicy = { deaths: 2, stableAfterMs: 10_000, holdMs: 2000, holdMaxMs: 8000 };

/** Twice what two machines of a story may differ by (cast.ts). */
const clockDriftPercent = 0.2;

/** What is killed is gone at once. */
const leaseMarginMs = 50;

/** Short enough that a story of a minute sees the end of a release. */
const releaseMs = 12_000;

export function drawTopology(random: Random, wanted: TopologyName | undefined): Topology {
  const name = wanted ?? random.pick(names);
  const timing = random.pick(timings);
  const drawn = random.pick<FailbackPolicy>([
    { kind: "automatic" },
    { kind: "automatic" },
    { kind: "stable", delayMs: 3000 },
    { kind: "manual" },
  ]);
  // Without protection a primary that is back runs its channels, whatever waits at the backup.
  const isProtected = name !== "unprotected";
  const failback: FailbackPolicy = isProtected ? drawn : { kind: "automatic" };
  const closeExpiryMs = random.happens(0.2) ? 6000 : undefined;
  const takesOverOnClose = random.happens(0.25);
  return {
    name,
    protection: isProtected ? "lease" : "none",
    clone: undefined,
    stranger: undefined,
    ...placesOf(name),
    timing,
    failback,
    flap: isProtected && random.happens(0.6) ? flap : undefined,
    closeExpiryMs,
    takesOverOnClose,
  };
}

type Places = Pick<Topology, "machines" | "watched"> &
  Partial<Pick<Topology, "clone" | "stranger">>;

function placesOf(name: TopologyName): Places {
  const backup = "backup";
  const pair = {
    machines: ["primary", backup],
    watched: [{ ...oneServer, monitor: backup, backup }],
  };
  switch (name) {
    case "pair":
    case "unprotected":
      return pair;
    case "cloned":
      return { ...pair, machines: [...pair.machines, "clone"], clone: "clone" };
    case "strangers":
      return { ...pair, machines: [...pair.machines, "stranger"], stranger: "stranger" };
    case "apart":
      return {
        machines: ["primary", backup, "watcher"],
        watched: [{ ...oneServer, monitor: "watcher", backup }],
      };
    case "mutual":
      return {
        machines: ["left", "right"],
        watched: [
          { serverId: "left", monitor: "right", backup: "right", channels: ["left-orders"] },
          { serverId: "right", monitor: "left", backup: "left", channels: ["right-orders"] },
        ],
      };
    case "five": {
      const primaries = ["one", "two", "three", "four", "five"];
      return {
        machines: [...primaries, backup],
        watched: primaries.map((serverId) => {
          return { serverId, monitor: backup, backup, channels: [`${serverId}-orders`] };
        }),
      };
    }
  }
}

const oneServer = { serverId: "primary", channels: ["orders", "invoices"] };

/** How a monitor watches one server. */
export function settingsOf(topology: Topology, plan: WatchedPlan): ServerSettings {
  const { backup: target, channels: names } = plan;
  const { timing, protection, failback, closeExpiryMs } = topology;
  const email = { kind: "email", to: ["ops@example.org"], cc: [], template: "signal" } as const;
  const start = { kind: "start_channels", target, names } as const;
  const stop = { kind: "stop_channels", target, names } as const;
  const cases: Readonly<Record<string, readonly FlowStep[]>> = {
    DEAD: [start, email],
    LIVE: [stop, email],
    CLOSE: topology.takesOverOnClose ? [start, email] : [email],
  };
  return {
    serverId: plan.serverId,
    protection,
    thresholdMs: timing.thresholdMs,
    leaseMs: timing.leaseMs,
    leaseMarginMs,
    clockDriftPercent,
    releaseMs,
    failback,
    flap: topology.flap,
    closeExpiryMs,
    switchoverTimeoutMs: 8000,
    fencedTargets: [],
    flow: {
      startTargets: [target],
      decision: "/signal",
      cases: [],
      plan: (document) => {
        const caseName = />(\w+)</.exec(document)?.[1] ?? "";
        return { caseName, steps: cases[caseName] ?? [] };
      },
    },
  };
}

/** What is deployed on a machine: its own channels, those it keeps for others, and its own work. */
export function deployedOn(topology: Topology, machine: string): Kept {
  const channels: Kept["channels"][number][] = [];
  for (const { serverId, backup, channels: names } of topology.watched) {
    if (serverId !== machine && backup !== machine) continue;
    const activation = serverId === machine ? "active" : "inactive";
    for (const name of names) {
      const definition = definitionOf(name, serverId);
      channels.push({ definition, digest: name, activation, order: undefined });
    }
  }
  const definition = definitionOf("reports", undefined);
  channels.push({ definition, digest: "reports", activation: "active", order: undefined });
  return { orders: [], leaseOrder: undefined, overrides: [], channels };
}

function definitionOf(name: string, protectedBy: string | undefined): Definition {
  return {
    name,
    protectedBy,
    runtime: { kind: "process", command: [name], environment: {}, workingDirectory: "", user: "" },
    readiness: { check: { kind: "none" }, timeoutMs: 5000, intervalMs: 100 },
    stop: { signal: "SIGTERM", timeoutMs: stopTimeoutMs },
    restart: { attemptsMax: 5, backoffMs: 200, backoffMaxMs: 2000, stableAfterMs: 10_000 },
  };
}

// What the keys of a monitor's section must be together, whichever of them has a fault of its own:
// read from the file once more, leniently, so that these problems are told along with all others.

import { z } from "zod";
import type { ConfigProblem, ConfigSource } from "@hot-backup/kit/config.ts";
import {
  clockDriftDefaultPercent,
  clockDriftPercent,
  lease,
  leaseMargin,
  leaseMarginDefaultMs,
  leaseShare,
  releaseBound,
  threshold,
} from "./config-schema.ts";

// What is faulty reads as NaN, with which no comparison holds: its fault is told by the schema.
const watchedServer = z
  .looseObject({
    id: z.string().catch(""),
    protection: z.string().catch(""),
    threshold: threshold.catch(Number.NaN),
    lease: lease.optional().catch(Number.NaN),
    leaseMargin: leaseMargin.default(leaseMarginDefaultMs).catch(Number.NaN),
    clockDriftPercent: clockDriftPercent.default(clockDriftDefaultPercent).catch(Number.NaN),
    flap: z.unknown().optional(),
    flow: z.string().catch(""),
    fence: z.record(z.string(), z.unknown()).catch({}),
  })
  .or(z.unknown().transform(() => undefined));

const noRelease = { bound: Number.NaN };
const noReadiness = { email: undefined };
const noMonitor = {
  notify: undefined,
  targets: {},
  servers: [],
  release: noRelease,
  readiness: noReadiness,
};
const instance = z
  .looseObject({
    server: z.string().catch(""),
    monitor: z
      .looseObject({
        notify: z.unknown().optional(),
        targets: z.record(z.string(), z.unknown()).catch({}),
        servers: z.array(watchedServer).catch([]),
        release: z.looseObject({ bound: releaseBound.catch(Number.NaN) }).catch(noRelease),
        readiness: z.looseObject({ email: z.unknown().optional() }).catch(noReadiness),
      })
      .catch(noMonitor),
  })
  .catch({ server: "", monitor: noMonitor });

type InstanceOutline = z.output<typeof instance>;
type ServerOutline = NonNullable<InstanceOutline["monitor"]["servers"][number]>;
type Path = readonly PropertyKey[];
type Complain = (path: Path, message: string) => void;

/** What the flows of an instance file are judged by, read without complaint. */
export function outlineMonitor(source: ConfigSource): {
  readonly targets: readonly string[];
  readonly hasNotify: boolean;
  /** Where each flow file is named, with the server that names it. */
  readonly flows: readonly { readonly path: Path; readonly file: string; readonly id: string }[];
} {
  const { monitor } = instance.parse(source.value);
  return {
    targets: Object.keys(monitor.targets),
    hasNotify: monitor.notify !== undefined,
    flows: monitor.servers.flatMap((server, index) =>
      server === undefined || server.flow === ""
        ? []
        : [{ path: pathOf(index, "flow"), file: server.flow, id: server.id }],
    ),
  };
}

/** Every rule that the file breaks, at the key to change. */
export function findRuleBreaks(source: ConfigSource): readonly ConfigProblem[] {
  const outline = instance.parse(source.value);
  const problems: ConfigProblem[] = [];
  const complain: Complain = (path, message) =>
    problems.push({ where: source.locate(path), key: path.join("."), message });
  const { notify, readiness } = outline.monitor;
  const isMailed = readiness.email !== undefined && readiness.email !== "off";
  if (isMailed && notify === undefined) {
    const path = ["monitor", "readiness", "email"];
    complain(path, "needs a notify service, and monitor.notify names none");
  }
  const seen = new Set<string>();
  for (const [index, server] of outline.monitor.servers.entries()) {
    if (server === undefined) continue;
    checkIdentity(server.id, { index, complain, seen, own: outline.server });
    checkLease(server, { index, complain });
    checkFlap(server, { index, complain });
    checkRelease(server, { complain, boundMs: outline.monitor.release.bound });
    checkFences(server, { index, complain, targets: Object.keys(outline.monitor.targets) });
  }
  return problems;
}

function checkIdentity(
  id: string,
  options: { index: number; complain: Complain; seen: Set<string>; own: string },
): void {
  const path = pathOf(options.index, "id");
  if (id !== "" && id === options.own) {
    options.complain(path, `a server cannot watch itself: "${id}" is the server of this file`);
  }
  if (id !== "" && options.seen.has(id)) options.complain(path, `"${id}" is watched already`);
  options.seen.add(id);
}

// Rule R4: whatever the two clocks do, the lease is over before the server is called dead.
function checkLease(server: ServerOutline, options: { index: number; complain: Complain }): void {
  if (server.protection !== "lease") return;
  const thresholdMs = server.threshold;
  const leaseMs = server.lease ?? thresholdMs * leaseShare;
  const driftMs = (thresholdMs * server.clockDriftPercent) / 100;
  const sumMs = leaseMs + server.leaseMargin + driftMs;
  // Written so that NaN passes: what it stands for is told by the schema.
  if (!(sumMs >= thresholdMs)) return;
  const origin = server.lease === undefined ? ` (${leaseShare} x threshold)` : "";
  options.complain(
    pathOf(options.index, server.lease === undefined ? "threshold" : "lease"),
    `lease ${print(leaseMs)}${origin} + leaseMargin ${print(server.leaseMargin)} ` +
      `+ clock drift ${print(driftMs)} = ${print(sumMs)}, ` +
      `which must be less than the threshold ${print(thresholdMs)} (rule R4)`,
  );
}

// Rule R9: a release is told from an ordinary lease by its length.
function checkRelease(
  { id, protection, threshold: thresholdMs }: ServerOutline,
  { complain, boundMs }: { complain: Complain; boundMs: number },
): void {
  if (protection !== "lease" || !(boundMs < thresholdMs)) return;
  complain(
    ["monitor", "release", "bound"],
    `${print(boundMs)} must be at least the threshold ${print(thresholdMs)} of server "${id}"`,
  );
}

// Without a lease the server runs its channels as soon as it is back: a held failback would double
// them.
function checkFlap(server: ServerOutline, options: { index: number; complain: Complain }): void {
  const { flap, protection } = server;
  if (protection !== "none" || flap === undefined || flap === "off") return;
  options.complain(pathOf(options.index, "flap"), "needs protection: lease");
}

function checkFences(
  server: ServerOutline,
  options: { index: number; complain: Complain; targets: readonly string[] },
): void {
  for (const target of Object.keys(server.fence)) {
    if (options.targets.includes(target)) continue;
    const path = [...pathOf(options.index, "fence"), target];
    options.complain(path, `there is no target "${target}" in monitor.targets`);
  }
}

function pathOf(index: number, key: string): Path {
  return ["monitor", "servers", index, key];
}

// Microseconds are as fine as anybody writes, and keep 0.1 + 0.2 out of messages.
function print(milliseconds: number): string {
  return `${Number(milliseconds.toFixed(3))} ms`;
}

// Operators who ask for a failback, a switchover and maintenance at the worst moments. What they
// ask goes through the same checks as in grpc/operator-methods.ts.

import { whyNoSwitchover } from "../../services/monitor/src/core/handover.ts";
import type { Watching } from "../cast.ts";
import type { World } from "../world.ts";
import { type Fault, type Strike, tellFault } from "./fault.ts";

const actor = { name: "anna", reason: "she likes to try things" };

/** How often an operator looks whether a gate waits for a target that has no power. */
const lookEveryMs = 400;

export const operatorFaults: readonly Fault[] = [
  {
    kind: "failback",
    weight: 2,
    lastsMs: [0, 0],
    begin: (strike) => {
      const server = pickServer(strike);
      if (server === undefined) return undefined;
      tellFault(strike, "operator", "asks for a failback");
      askFailback(strike.world, server);
      return undefined;
    },
  },
  {
    kind: "switchover",
    weight: 3,
    lastsMs: [0, 0],
    begin: (strike) => {
      const server = pickServer(strike);
      if (server === undefined) return undefined;
      tellFault(strike, "operator", "asks for a switchover");
      askSwitchover(strike.world, server);
      return undefined;
    },
  },
  {
    kind: "confirm_stopped",
    weight: 2,
    lastsMs: [4000, 20_000],
    begin: (strike) => {
      const watching = strike.random.pick(strike.cast.watchings);
      let isOver = false;
      const look = () => {
        if (isOver) return;
        confirmStopped(strike, watching);
        strike.world.schedule.after(lookEveryMs, look);
      };
      look();
      return () => {
        isOver = true;
      };
    },
  },
  {
    kind: "break_glass",
    weight: 2,
    lastsMs: [2000, 12_000],
    begin: (strike) => {
      const { plan, channels, target } = strike.random.pick(strike.cast.watchings);
      const host = strike.random.happens(0.5) ? channels : target;
      let isOver = false;
      const look = () => {
        if (isOver) return;
        isOver = host.breakGlass(plan.serverId, plan.channels);
        if (isOver)
          tellFault(strike, "operator", `breaks the glass on ${host.process.machine.name}`);
        else strike.world.schedule.after(lookEveryMs, look);
      };
      look();
      return () => {
        isOver = true;
      };
    },
  },
  {
    kind: "maintenance",
    weight: 2,
    lastsMs: [500, 9000],
    begin: (strike) => {
      const server = pickServer(strike);
      if (server === undefined) return undefined;
      tellFault(strike, "operator", "sets maintenance");
      const { wallMs, nowMs } = server.moment();
      const [owner, reason] = [actor.name, actor.reason];
      const maintenance = { owner, reason, sinceWallMs: wallMs, untilWallMs: undefined };
      const set = { kind: "maintenance_set", untilMs: undefined, maintenance } as const;
      server.loop.take({ ...set, nowMs, wallMs });
      return () => clearMaintenance(strike, server.watching);
    },
  },
];

/** Ends whatever maintenance there is. An operator whose monitor is away tries again. */
export function clearMaintenance(strike: Strike, watching: Watching): void {
  const { world } = strike;
  const server = serverOf(strike, watching);
  if (server === undefined) {
    world.schedule.after(500, () => clearMaintenance(strike, watching));
    return;
  }
  if (server.loop.record.maintenance === undefined) return;
  tellFault(strike, "operator", "clears maintenance");
  server.loop.take({ kind: "maintenance_cleared", actor, ...server.moment() });
}

/** A server whose monitor answers. */
export type AskedServer = NonNullable<ReturnType<typeof serverOf>>;

export function pickServer(strike: Strike): AskedServer | undefined {
  return serverOf(strike, strike.random.pick(strike.cast.watchings));
}

// Undefined: the monitor does not answer.
export function serverOf({ world }: Pick<Strike, "world">, watching: Watching) {
  const { monitor, plan } = watching;
  const loop = monitor.monitor?.servers.get(plan.serverId);
  if (loop === undefined || !monitor.process.isActive) return undefined;
  world.isRestless = true;
  const { machine } = monitor.process;
  const moment = () => ({ nowMs: machine.monotonicMs(), wallMs: machine.wallMs() });
  return { loop, moment, watching };
}

// An operator's word is true: the target has no power, and nothing of it runs.
function confirmStopped(strike: Strike, watching: Watching): void {
  const { process } = watching.target;
  const server = serverOf(strike, watching);
  if (process.machine.isOn || server?.loop.watched.server.gate === undefined) return;
  const target = process.machine.name;
  tellFault(strike, "operator", `confirms that ${target} is stopped`);
  strike.world.tell({ kind: "stopped_confirmed", channels: watching.plan.channels });
  server.loop.take({ kind: "stopped_confirmed", target, actor, ...server.moment() });
}

export function askFailback(world: World, { loop, moment }: AskedServer): void {
  world.tell({ kind: "operator_asked", serverId: loop.record.serverId });
  loop.take({ kind: "failback_asked", actor, ...moment() });
}

// Nobody switches over into the void: the target must answer and have the channels.
export function askSwitchover(world: World, { loop, moment, watching }: AskedServer): void {
  const { settings, server } = loop.watched;
  if (whyNoSwitchover({ settings, server }) !== undefined) return;
  const { plan, monitor } = watching;
  const { serverId, backup, channels: names } = plan;
  world.tell({ kind: "operator_asked", serverId });
  const ask = monitor.monitor?.parts.targets.readiness(backup, { serverId, names });
  void ask?.then((problem) => {
    // The monitor may have died meanwhile: then nobody answers, and nothing is taken.
    if (problem !== "" || monitor.monitor?.servers.get(serverId) !== loop) return;
    loop.take({ kind: "switchover_asked", actor, ...moment() });
  });
}

// Faults of processes, machines and disks: crashes at any step, also between a write and what
// follows from it, freezes, lost power, orderly stops.

import type { DiskFate } from "../kernel/disk-fate.ts";
import type { Process } from "../kernel/process.ts";
import { type Fault, type Strike, tellFault } from "./fault.ts";

/** Of the writes that follow, which one is the last of the process. */
const doomedWritesMax = 5;

const actor = { name: "operator", reason: "an orderly stop" };

export const processFaults: readonly Fault[] = [
  crashOf("crash_heartbeat", ({ cast, random }) => random.pick(cast.heartbeats).process),
  crashOf("crash_channels", ({ cast, random }) => random.pick(cast.channels).process),
  crashOf("crash_monitor", ({ cast, random }) => random.pick(cast.monitors).process),
  crashOf("crash_notify", ({ cast, random }) => random.pick(cast.notifies).process),
  crashAtWrite("crash_at_write_monitor", ({ cast, random }) => random.pick(cast.monitors)),
  crashAtWrite("crash_at_write_channels", ({ cast, random }) => random.pick(cast.channels)),
  crashAtWrite("crash_at_write_notify", ({ cast, random }) => random.pick(cast.notifies)),
  {
    kind: "full_disk",
    weight: 2,
    lastsMs: [200, 9000],
    begin: (strike) => {
      const { fate, process } = strike.random.pick(strike.cast.monitors);
      tellFault(strike, "full disk", `under the journal of ${process.name}`);
      fate.isFull = true;
      return () => {
        fate.isFull = false;
      };
    },
  },
  {
    kind: "freeze_process",
    weight: 6,
    lastsMs: [50, 9000],
    begin: (strike) => {
      const process = strike.random.pick(strike.cast.processes);
      if (!process.isRunning) return undefined;
      tellFault(strike, "freeze", process.name);
      process.freeze();
      return () => process.thaw();
    },
  },
  {
    kind: "freeze_machine",
    weight: 3,
    lastsMs: [50, 9000],
    begin: (strike) => {
      const { cast, random, world } = strike;
      const machine = random.pick(cast.machines);
      if (!machine.isAwake) return undefined;
      tellFault(strike, "freeze", `machine ${machine.name}`);
      machine.suspend();
      world.tell({ kind: "machine_suspended", machine: machine.name });
      return () => {
        machine.resume();
        world.tell({ kind: "machine_resumed", machine: machine.name });
      };
    },
  },
  {
    kind: "power_loss",
    weight: 4,
    lastsMs: [300, 14_000],
    begin: (strike) => {
      const { cast, random, world } = strike;
      const machine = random.pick(cast.machines);
      if (!machine.isAwake) return undefined;
      tellFault(strike, "power loss", machine.name);
      machine.cutPower();
      return () => {
        machine.boot();
        world.trace.say(machine.name, "boots");
        for (const process of cast.processes) if (process.machine === machine) process.start();
      };
    },
  },
  {
    kind: "orderly_stop",
    weight: 3,
    lastsMs: [500, 9000],
    begin: (strike) => {
      const { heartbeat } = strike.random.pick(strike.cast.watchings);
      tellFault(strike, "orderly stop", heartbeat.process.name);
      heartbeat.close(actor);
      return () => heartbeat.process.start();
    },
  },
  {
    kind: "detach",
    weight: 1,
    lastsMs: [20, 1500],
    begin: (strike) => {
      const { heartbeat } = strike.random.pick(strike.cast.watchings);
      tellFault(strike, "detach", heartbeat.process.name);
      heartbeat.detach();
      return () => heartbeat.process.start();
    },
  },
  {
    kind: "stop_channels",
    weight: 1,
    lastsMs: [500, 6000],
    begin: (strike) => {
      const channels = strike.random.pick(strike.cast.channels);
      tellFault(strike, "orderly stop", channels.process.name);
      channels.stop();
      return () => channels.process.start();
    },
  },
];

function crashOf(kind: string, pick: (strike: Strike) => Process): Fault {
  return {
    kind,
    weight: 2,
    lastsMs: [5, 6000],
    begin: (strike) => {
      const process = pick(strike);
      if (!process.machine.isAwake) return undefined;
      tellFault(strike, "crash", process.name);
      process.end();
      return () => process.start();
    },
  };
}

function crashAtWrite(
  kind: string,
  pick: (strike: Strike) => { readonly process: Process; readonly fate: DiskFate },
): Fault {
  return {
    kind,
    weight: 2,
    lastsMs: [1000, 9000],
    begin: (strike) => {
      const { process, fate } = pick(strike);
      const { random, world } = strike;
      const ending = random.happens(0.5) ? "lost_in_crash" : "crash_after";
      fate.doom(1 + random.below(doomedWritesMax), ending, () => {
        world.trace.say("fault", `${process.name} crashes at a write: ${ending}`);
        process.end();
        world.schedule.after(random.between(5, 3000), () => process.start());
      });
      return () => {
        fate.clear();
        process.start();
      };
    },
  };
}

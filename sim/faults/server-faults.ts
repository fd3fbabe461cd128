// Faults of whole servers and of what a monitor remembers: a copied machine, a channels service
// that refuses every lease, a monitor that stops in good order, a journal that is lost.

import { type Fault, tellFault } from "./fault.ts";

export const serverFaults: readonly Fault[] = [
  {
    kind: "clone",
    weight: 4,
    lastsMs: [1000, 12_000],
    begin: (strike) => {
      const { channels, clone } = strike.random.pick(strike.cast.watchings);
      if (clone === undefined || clone.machine.isOn) return undefined;
      tellFault(strike, "clone", `a copy of ${channels.process.machine.name} is switched on`);
      clone.channels.copyDisk(channels);
      clone.machine.boot();
      clone.channels.process.start();
      clone.heartbeat.process.start();
      return () => clone.machine.cutPower();
    },
  },
  {
    kind: "unwilling",
    weight: 1,
    lastsMs: [4000, 20_000],
    begin: (strike) => {
      const { channels } = strike.random.pick(strike.cast.watchings);
      tellFault(strike, "unwilling", `${channels.process.name} refuses every lease`);
      channels.isUnwilling = true;
      return () => {
        channels.isUnwilling = false;
      };
    },
  },
  {
    kind: "stray_renewal",
    weight: 1,
    lastsMs: [0, 0],
    begin: (strike) => {
      const { heartbeat } = strike.random.pick(strike.cast.watchings);
      tellFault(strike, "stray renewal", `the next one of ${heartbeat.process.name}`);
      heartbeat.line.strayMs = strike.random.between(100, 3000);
      return undefined;
    },
  },
  {
    kind: "stop_monitor",
    weight: 3,
    lastsMs: [200, 9000],
    begin: (strike) => {
      const monitor = strike.random.pick(strike.cast.monitors);
      tellFault(strike, "orderly stop", monitor.process.name);
      monitor.stop();
      return () => monitor.process.start();
    },
  },
  {
    kind: "journal_lost",
    weight: 1,
    lastsMs: [20, 4000],
    begin: (strike) => {
      const { monitor } = strike.random.pick(strike.cast.watchings);
      if (!monitor.process.machine.isAwake) return undefined;
      tellFault(strike, "journal lost", monitor.process.name);
      monitor.process.end();
      // A long lease that is out is known to the journal alone: to lose that has to be declared.
      if (monitor.journal.isReleaseOut) {
        monitor.journal.restore(undefined, monitor.process.machine.wallMs());
      } else monitor.journal.lose();
      return () => monitor.process.start();
    },
  },
  {
    kind: "store_lost",
    weight: 1,
    lastsMs: [20, 4000],
    begin: (strike) => {
      const channels = strike.random.pick(strike.cast.channels);
      if (!channels.process.machine.isAwake) return undefined;
      tellFault(strike, "store lost", channels.process.name);
      channels.process.end();
      channels.loseStore();
      return () => channels.process.start();
    },
  },
  {
    kind: "journal_restored",
    weight: 1,
    lastsMs: [1000, 12_000],
    begin: (strike) => {
      const { monitor } = strike.random.pick(strike.cast.watchings);
      const copy = monitor.journal.copy();
      return () => {
        if (!monitor.process.machine.isOn) return;
        tellFault(strike, "journal restored", monitor.process.name);
        monitor.process.end();
        monitor.journal.restore(copy, monitor.process.machine.wallMs());
        monitor.process.start();
      };
    },
  },
];

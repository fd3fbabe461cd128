// Stories that chance found, with what it took of them: their seeds tell others since.

import {
  act,
  backup,
  boot,
  breakGlass,
  confirmStopped,
  cutBoth,
  loseJournal,
  powerOff,
  primary,
  startMonitor,
  stopMonitor,
  switchOver,
  watcher,
} from "./acts.ts";
import type { Scenario } from "./scenario.ts";

const times = { healAtMs: 14_000, endMs: 24_000 } as const;

export const foundBySeeds: readonly Scenario[] = [
  {
    name: "60-switched-over-in-a-release",
    about: "an operator asks for a switchover as soon as a monitor is back that had released",
    rule: "R9: a switchover waits for the lease that may be left (seed 514877)",
    topology: "pair",
    acts: [
      act(4000, "the monitor stops in good order", stopMonitor),
      act(6000, "the monitor starts", startMonitor),
      act(6050, "an operator asks for a switchover", switchOver),
      act(6300, "and asks again", switchOver),
      act(6301, "the network is cut", cutBoth(primary, backup)),
    ],
    healAtMs: 30_000,
    endMs: 44_000,
  },
  {
    name: "61-glass-broken-on-both-sides",
    about: "both sides run by an override when the monitor is back, and a lease has not begun",
    rule: "R10: the other side stops first, under a new term (seed 33)",
    topology: "apart",
    acts: [
      act(4000, "the monitor crashes", ({ monitor }) => monitor.process.end()),
      act(6000, "an operator breaks the glass on the primary", breakGlass("channels")),
      act(6200, "another breaks the glass on the backup", breakGlass("target")),
      act(6700, "the channels service of the primary crashes", (scene) =>
        scene.channels.process.end(),
      ),
      act(7000, "it is started again", ({ channels }) => channels.process.start()),
      act(8000, "the monitor starts", startMonitor),
    ],
    ...times,
  },
  {
    name: "62-booted-in-a-release",
    about: "a primary that reboots while its monitor is away waits for the end of the release",
    rule: "R6, R9: another machine may hold the long lease (seed 501411)",
    topology: "pair",
    acts: [
      act(4000, "the monitor stops in good order", stopMonitor),
      act(5500, "the primary loses its power", powerOff(primary)),
      act(6500, "the primary boots", boot(primary)),
      act(7000, "the monitor starts", startMonitor),
    ],
    healAtMs: 30_000,
    endMs: 44_000,
  },
  {
    name: "63-vouched-for-and-forgotten",
    about: "journal lost, backup off and vouched for: nobody is left who knows the terms",
    rule: "docs/guarantees.md, what is not promised of terms (seeds 114284 and 304793)",
    topology: "apart",
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(7000, "the backup loses its power", powerOff(backup)),
      act(7000, "the monitor loses its journal", loseJournal),
      act(7500, "the monitor starts", startMonitor),
      act(8000, "the primary boots", boot(primary)),
      act(10_000, "an operator confirms that the backup is stopped", confirmStopped),
    ],
    ...times,
  },
  {
    name: "64-a-watcher-without-power",
    about:
      "only the monitor's machine dies: the primary stops with its lease, and goes on after it",
    rule: "R5: no DEAD before a threshold, and the gate is passed anew",
    topology: "apart",
    acts: [
      act(4000, "the monitor loses its power", powerOff(watcher)),
      act(7000, "the monitor boots", boot(watcher)),
    ],
    ...times,
  },
];

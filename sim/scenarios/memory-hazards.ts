// Hazards of what monitors and servers remember: journals that are lost or old, copied machines,
// strangers, releases, and orders that outlive the journal that counted them.

import {
  act,
  backup,
  boot,
  cut,
  cutBoth,
  delay,
  heal,
  holdUp,
  loseJournal,
  oldJournal,
  powerOff,
  primary,
  startMonitor,
  stopMonitor,
  switchCloneOff,
  switchCloneOn,
  watcher,
} from "./acts.ts";
import type { Scenario } from "./scenario.ts";

const times = { healAtMs: 14_000, endMs: 24_000 } as const;

const undeclared = oldJournal(false);
const declared = oldJournal(true);
const startHeldUp = holdUp(watcher, backup);

/** A lease that lasts long enough for much to happen meanwhile. */
const slowTiming = {
  thresholdMs: 3000,
  leaseMs: 2250,
  intervalMs: 200,
  stopBudgetMs: 200,
  killMarginMs: 50,
};

export const memoryHazards: readonly Scenario[] = [
  {
    name: "06-the-old-journal",
    about: "an old copy says LIVE while the backup runs, and nobody says that it is a copy",
    rule: "R5, R7: who has seen a higher term makes the monitor go above it",
    topology: "apart",
    acts: [
      act(3000, "an operator keeps a copy of the journal", undeclared.keep),
      act(4000, "the primary loses its power", powerOff(primary)),
      act(7000, "the copy is put back", undeclared.putBack),
      act(7100, "the monitor starts", startMonitor),
      act(7500, "the primary boots", boot(primary)),
    ],
    ...times,
  },
  {
    name: "06-the-restored-journal",
    about: "the same, but the backup cannot be reached, and the operator says that it is a copy",
    rule: "R7: restoring counts as a release and makes every target dirty",
    topology: "apart",
    acts: [
      act(3000, "an operator keeps a copy of the journal", declared.keep),
      act(4000, "the primary loses its power", powerOff(primary)),
      act(7000, "the backup cannot be reached", cutBoth(watcher, backup)),
      act(7000, "the copy is put back, and declared", declared.putBack),
      act(7100, "the monitor starts", startMonitor),
      act(7500, "the primary boots", boot(primary)),
    ],
    healAtMs: 24_000,
    endMs: 44_000,
  },
  {
    name: "07-release-and-forget",
    about: "a monitor that released its server is back, hears it once, and its answer is lost",
    rule: "R9: nothing is declared before the bound and a threshold have passed",
    topology: "pair",
    without: "release_forgotten",
    acts: [
      act(4000, "the monitor stops in good order", stopMonitor),
      act(6000, "the monitor starts", startMonitor),
      act(6000, "nothing reaches the primary", cut(backup, primary)),
    ],
    healAtMs: 24_000,
    endMs: 34_000,
  },
  {
    name: "08-the-clone",
    about: "a copied machine connects first after the monitor was down, while the original runs",
    rule: "R6: a lease belongs to a holder",
    topology: "cloned",
    without: "holder_unasked",
    configuration: { timing: slowTiming },
    acts: [
      act(4000, "the monitor crashes", ({ monitor }) => monitor.process.end()),
      act(4000, "nothing of the primary reaches it", cutBoth(primary, backup)),
      act(4100, "a copy of the primary is switched on", switchCloneOn),
      act(4200, "the monitor starts", startMonitor),
      act(8000, "the copy is switched off", switchCloneOff),
      act(8000, "the primary reaches the monitor again", heal(primary, backup)),
    ],
    ...times,
  },
  {
    name: "09-two-strangers",
    about: "a monitor of another group is in the address list, and the right one cannot be reached",
    rule: "R11",
    topology: "strangers",
    without: "group_unasked",
    acts: [act(4000, "nothing reaches the monitor of its group", cutBoth(primary, backup))],
    ...times,
  },
  {
    name: "20-the-unwilling-hand",
    about: "the channels service refuses every lease: each LIVE waits twice as long as the last",
    rule: "rule 4, doubling delay",
    topology: "pair",
    without: "unwilling_believed",
    acts: [
      act(4000, "the channels service of the primary refuses every lease", ({ channels }) => {
        channels.isUnwilling = true;
      }),
    ],
    healAtMs: 30_000,
    endMs: 56_000,
  },
  {
    name: "21-the-revived-release",
    about: "the long last grant is on its way when the server has found the monitor again",
    rule: "R9: a new stream cuts the lease down, and older streams count no more",
    topology: "pair",
    acts: [
      act(3900, "answers to the primary get slow", delay(backup, primary, 300)),
      act(4000, "the monitor stops in good order", stopMonitor),
      act(4400, "the network is quick again", heal(backup, primary)),
      act(4500, "the monitor starts", startMonitor),
      act(6000, "the network is cut", cutBoth(primary, backup)),
    ],
    healAtMs: 24_000,
    endMs: 34_000,
  },
  {
    name: "22-equal-terms",
    about: "a lost journal counts up to the term of a start that is still on its way",
    rule: "R7: an equal term of another journal is stale",
    topology: "apart",
    without: "same_journal",
    acts: [
      act(3900, "nothing reaches the backup", cut(watcher, backup)),
      act(4000, "the primary loses its power", powerOff(primary)),
      act(5000, "the monitor loses its journal, with a start on its way", loseJournal),
      act(5000, "that start is held up", startHeldUp.hold),
      act(5100, "the backup can be reached again", heal(watcher, backup)),
      act(5100, "the monitor starts", startMonitor),
      act(5200, "the primary boots", boot(primary)),
      act(9000, "the start arrives", startHeldUp.letGo),
    ],
    ...times,
  },
];

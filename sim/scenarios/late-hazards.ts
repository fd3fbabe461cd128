// Hazards of what comes late and of what is forgotten: second lines of defence. Each holds alone
// where the line before it is passed: a call that hangs, a stall too short to count, lost stores.

import {
  act,
  backup,
  boot,
  closeServer,
  cut,
  cutBoth,
  fillDisk,
  heal,
  holdUp,
  loseJournal,
  loseStore,
  powerOff,
  primary,
  startMonitor,
  stopMonitor,
  strayRenewal,
  watcher,
} from "./acts.ts";
import type { Scenario } from "./scenario.ts";

const times = { healAtMs: 14_000, endMs: 24_000 } as const;

const heartbeats = holdUp(primary, backup);

/** A lease that lasts long enough for a late call to find something to do. */
const slowTiming = {
  thresholdMs: 3000,
  leaseMs: 2250,
  intervalMs: 200,
  stopBudgetMs: 200,
  killMarginMs: 50,
};

export const lateHazards: readonly Scenario[] = [
  {
    name: "05-renewed-after-the-end",
    about: "a renewal hangs in a connection and is read when the server has closed",
    rule: "R1: a lease that has ended never lives again",
    topology: "pair",
    configuration: { timing: slowTiming, takesOverOnClose: true },
    without: "ended_lease_lives",
    acts: [
      act(4000, "the next renewal hangs in a connection", strayRenewal(1600)),
      act(4300, "the server is closed", closeServer),
    ],
    ...times,
  },
  {
    name: "15-the-short-stall",
    about: "the monitor stalls too shortly to count it, and finds its deadline before a heartbeat",
    rule: "rule 4, pending socket input is read first",
    topology: "unprotected",
    without: "input_unread",
    acts: [
      act(3950, "the channels service of the primary freezes", (scene) =>
        scene.channels.process.freeze(),
      ),
      act(4700, "nothing of the primary arrives", cut(primary, backup)),
      act(4720, "its channels service goes on", ({ channels }) => channels.process.thaw()),
      act(5000, "what it sent hangs on its way", heartbeats.hold),
      act(5475, "the monitor stalls", ({ monitor }) => monitor.process.freeze()),
      act(5480, "the way is open again", heal(primary, backup)),
      act(5480, "what hung on its way arrives", heartbeats.letGo),
      act(5505, "the monitor goes on", ({ monitor }) => monitor.process.thaw()),
    ],
    ...times,
  },
  {
    name: "21-the-stray-release",
    about:
      "the long last grant hangs in a connection and is read when an ordinary one has followed",
    rule: "R9: what older streams still deliver counts no more",
    topology: "pair",
    configuration: { timing: slowTiming },
    without: "old_streams_count",
    acts: [
      act(4000, "the next renewal hangs in a connection", strayRenewal(3500)),
      act(4000, "the monitor stops in good order", stopMonitor),
      act(4800, "the monitor starts", startMonitor),
      act(7000, "the network is cut", cutBoth(primary, backup)),
    ],
    healAtMs: 18_000,
    endMs: 30_000,
  },
  {
    name: "22-the-night-without-power",
    about: "the journal is lost while nothing has power: only the channels services know the terms",
    rule: "R7: a channels service stores the highest term it has seen",
    topology: "apart",
    without: "orders_forgotten",
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(7000, "the primary boots", boot(primary)),
      act(10_000, "the primary loses its power again", powerOff(primary)),
      act(10_000, "the backup loses its power", powerOff(backup)),
      act(10_000, "the monitor loses its journal", loseJournal),
      act(10_000, "the monitor loses its power", powerOff(watcher)),
      act(10_500, "the monitor boots", boot(watcher)),
      act(10_500, "the backup boots", boot(backup)),
      act(10_500, "the primary boots", boot(primary)),
      act(11_300, "it is heard, and loses its power for good", powerOff(primary)),
    ],
    ...times,
  },
  {
    name: "58-the-full-disk",
    about: "a server dies while nothing can be stored: DEAD, takeover and mail follow, each once",
    rule: "R7: what is not durable is not done, and is tried again",
    topology: "pair",
    acts: [
      act(3900, "the disk with the journal is full", fillDisk(true)),
      act(4000, "the primary loses its power", powerOff(primary)),
      act(8000, "there is room again", fillDisk(false)),
    ],
    healAtMs: 12_000,
    endMs: 20_000,
  },
  {
    name: "58-the-lost-store",
    about:
      "the backup loses its store while it has the channels: it is ordered to start them again",
    rule: "rule 5.3, the monitor keeps watching",
    topology: "apart",
    configuration: { failback: { kind: "manual" } },
    without: "target_unwatched",
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(7000, "the channels service of the backup loses its store", loseStore("target")),
    ],
    healAtMs: 12_000,
    endMs: 20_000,
  },
];

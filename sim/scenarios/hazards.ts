// The stories that broke earlier drafts of the rules, one after the other: each is a file of its
// own, with what happens now.

import {
  act,
  backup,
  boot,
  closeServer,
  confirmStopped,
  cut,
  cutBoth,
  delay,
  heal,
  powerOff,
  primary,
  resume,
  suspend,
  switchOver,
  watcher,
} from "./acts.ts";
import type { Scenario } from "./scenario.ts";

const times = { healAtMs: 12_000, endMs: 20_000 } as const;

export const hazards: readonly Scenario[] = [
  {
    name: "01-the-deaf-server",
    about: "heartbeats arrive, answers do not: one DEAD, and no LIVE before a round trip",
    rule: "rule 4, good heartbeat",
    topology: "pair",
    acts: [act(4000, "nothing reaches the primary any more", cut(backup, primary))],
    ...times,
  },
  {
    name: "02-the-dead-hand",
    about: "the channels service is frozen, the heartbeat service beats on: that is silence",
    rule: "rule 4, good heartbeat",
    topology: "pair",
    without: "silent_channels_are_live",
    acts: [
      act(4000, "the channels service of the primary freezes", (scene) =>
        scene.channels.process.freeze(),
      ),
    ],
    ...times,
  },
  {
    name: "03-the-stale-confirmation",
    about: "a switchover while the first grant is in flight; a heartbeat from before says STOPPED",
    rule: "a term with every change of mind; a confirmation counts under that term",
    topology: "pair",
    acts: [
      act(900, "answers to the primary get slow", delay(backup, primary, 600)),
      act(1400, "an operator asks for a switchover", switchOver),
    ],
    ...times,
  },
  {
    name: "04-the-late-start",
    about: "a start waits in a frozen backup until the work is home again",
    rule: "rule 5.5, the gate; R7, the term in every order",
    topology: "apart",
    without: "gate_unasked",
    acts: [
      act(4000, "the channels service of the backup freezes", ({ target }) =>
        target.process.freeze(),
      ),
      act(4100, "the primary loses its power", powerOff(primary)),
      act(6000, "the primary boots", boot(primary)),
      act(9000, "the backup goes on, and finds the start", ({ target }) => target.process.thaw()),
    ],
    ...times,
  },
  {
    name: "05-renewed-on-the-way-out",
    about: "an orderly stop while an answer with a lease is in flight",
    rule: "R3, R8",
    topology: "pair",
    acts: [
      act(3500, "answers to the primary get slow", delay(backup, primary, 300)),
      act(4000, "the server is closed", closeServer),
    ],
    ...times,
  },
  {
    name: "10-held-and-empty",
    about: "the server is back before the backup runs anything, and failback is manual",
    rule: "rule 5.4: the DEAD run goes on until everything it starts runs",
    topology: "apart",
    configuration: { failback: { kind: "manual" } },
    acts: [
      act(4000, "the backup cannot be reached", cutBoth(watcher, backup)),
      act(4100, "the primary loses its power", powerOff(primary)),
      act(6500, "the primary boots", boot(primary)),
      act(8000, "the backup can be reached again", heal(watcher, backup)),
    ],
    ...times,
  },
  {
    name: "11-the-backup-wakes-up",
    about: "the backup restarts after the work went home: it starts nothing from its own memory",
    rule: "rule 5.3",
    topology: "apart",
    without: "borrowed_start_alone",
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(6000, "the backup loses its power", powerOff(backup)),
      act(6500, "the primary boots", boot(primary)),
      act(8500, "an operator confirms that the backup is stopped", confirmStopped),
      act(10_000, "the backup boots", boot(backup)),
    ],
    ...times,
  },
  {
    name: "12-the-sleeper",
    about: "the machine is suspended and wakes with a lease that looks young",
    rule: "R2, a clock that counts suspension",
    topology: "pair",
    without: "sleeping_clock",
    acts: [
      act(4000, "the primary is suspended", suspend(primary)),
      act(8000, "the primary wakes", resume(primary)),
    ],
    ...times,
  },
  {
    name: "13-twice-closed",
    about: "a server that closes, comes back and closes again gives one CLOSE each",
    rule: "rule 4, the table",
    topology: "pair",
    acts: [
      act(4000, "the server is closed", closeServer),
      act(5000, "it is started again", ({ heartbeat }) => heartbeat.process.start()),
      act(5020, "and closed before it holds a lease", closeServer),
    ],
    ...times,
  },
  {
    name: "14-the-frozen-keeper",
    about: "the channels service is frozen with its channels running, and the network is cut",
    rule: "R3, the guard",
    topology: "pair",
    without: "idle_guard",
    acts: [
      act(4000, "the channels service of the primary freezes", (scene) =>
        scene.channels.process.freeze(),
      ),
      act(4001, "the network is cut", cutBoth(primary, backup)),
    ],
    ...times,
  },
  {
    name: "15-the-blamed-server",
    about: "the monitor stalls for twice the threshold: it reads before it blames",
    rule: "rule 4, a monitor that was itself stalled",
    topology: "pair",
    acts: [
      act(4000, "the monitor freezes", ({ monitor }) => monitor.process.freeze()),
      act(6000, "the monitor goes on", ({ monitor }) => monitor.process.thaw()),
    ],
    ...times,
  },
  {
    name: "16-half-a-takeover",
    about: "the backup's channels service crashes after STARTED: it is ordered again",
    rule: "rule 5.3, the monitor keeps watching",
    topology: "pair",
    configuration: { failback: { kind: "manual" } },
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(6000, "the channels service of the backup crashes", ({ target }) => target.process.end()),
      act(6500, "and is started again", ({ target }) => target.process.start()),
    ],
    ...times,
  },
  {
    name: "17-the-blip",
    about: "750 ms without answers: the lease ends, the server lives, and no signal is given",
    rule: "rule 4, good heartbeat: new term, gate, new lease",
    topology: "pair",
    acts: [
      act(4000, "nothing reaches the primary", cut(backup, primary)),
      act(4750, "answers arrive again", heal(backup, primary)),
    ],
    ...times,
  },
  {
    name: "18-backup-down-at-cold-start",
    about: "the primary starts although a clean backup does not answer",
    rule: "rule 5.5, clean targets",
    topology: "apart",
    acts: [
      act(3000, "the backup loses its power", powerOff(backup)),
      act(4000, "the primary loses its power for a moment", powerOff(primary)),
      act(4100, "the primary boots", boot(primary)),
    ],
    ...times,
  },
  {
    name: "19-backup-dead-while-it-holds",
    about: "the primary is back, the backup cannot confirm: nobody starts before somebody vouches",
    rule: "rule 5.5, a dirty target: never a timeout",
    topology: "apart",
    without: "gate_impatient",
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(6000, "the backup cannot be reached", cutBoth(watcher, backup)),
      act(6500, "the primary boots", boot(primary)),
    ],
    healAtMs: 16_000,
    endMs: 26_000,
  },
  {
    name: "23-switchover-into-the-void",
    about: "the target is dead: a switchover is refused, and the primary goes on",
    rule: "rule 5.6",
    topology: "apart",
    acts: [
      act(4000, "the backup loses its power", powerOff(backup)),
      act(5000, "an operator asks for a switchover", switchOver),
    ],
    ...times,
  },
  {
    name: "24-grant-on-the-brink",
    about: "the first grant arrives too late to be kept: it is refused, and its term goes on",
    rule: "R1",
    topology: "pair",
    acts: [
      act(900, "answers to the primary get slow", delay(backup, primary, 740)),
      act(4000, "the network is quick again", heal(backup, primary)),
    ],
    ...times,
  },
];

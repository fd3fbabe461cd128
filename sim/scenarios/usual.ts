// The stories that the product is for, as section 5 of docs/rules.md asks for them.

import {
  act,
  backup,
  boot,
  breakGlass,
  closeServer,
  cutBoth,
  drill,
  failBack,
  heal,
  powerOff,
  primary,
  startMonitor,
  switchOver,
} from "./acts.ts";
import type { Scenario } from "./scenario.ts";

const times = { healAtMs: 12_000, endMs: 20_000 } as const;

export const usual: readonly Scenario[] = [
  {
    name: "50-failover-and-back",
    about: "the primary dies and returns: DEAD, takeover, LIVE, gate, lease",
    rule: "rule 5",
    topology: "pair",
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(8000, "the primary boots", boot(primary)),
    ],
    ...times,
  },
  {
    name: "51-switchover-and-failback",
    about: "an operator moves the channels and gives them back",
    rule: "rule 5.6",
    topology: "pair",
    acts: [
      act(4000, "an operator asks for a switchover", switchOver),
      act(7000, "an operator asks for a failback", failBack),
    ],
    ...times,
  },
  {
    name: "52-failback-when-stable",
    about: "the channels stay with the backup until the primary has been live for a while",
    rule: "rule 5.4, a failback that is held",
    topology: "pair",
    configuration: { failback: { kind: "stable", delayMs: 3000 } },
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(6000, "the primary boots", boot(primary)),
    ],
    ...times,
  },
  {
    name: "53-closed-and-gone",
    about: "a server closes in good order and stays away: CLOSE, and DEAD after closeExpiry",
    rule: "rule 4, closeExpiry",
    topology: "pair",
    configuration: { closeExpiryMs: 4000 },
    acts: [act(4000, "the server is closed", closeServer)],
    ...times,
  },
  {
    name: "54-upgrade-of-the-heartbeat",
    about: "a heartbeat service is replaced: no close, no signal, and the lease runs on",
    rule: "R8, detach",
    topology: "pair",
    acts: [
      act(4000, "the heartbeat service detaches", ({ heartbeat }) => heartbeat.detach()),
      act(4200, "its successor starts", ({ heartbeat }) => heartbeat.process.start()),
    ],
    ...times,
  },
  {
    name: "55-dead-while-nobody-looked",
    about: "the primary dies while the monitor is down: DEAD one threshold after its start",
    rule: "R5",
    topology: "apart",
    acts: [
      act(4000, "the monitor crashes", ({ monitor }) => monitor.process.end()),
      act(4500, "the primary loses its power", powerOff(primary)),
      act(6000, "the monitor starts", startMonitor),
    ],
    ...times,
  },
  {
    name: "56-without-protection",
    about: "only the network fails: with protection none both run, until they see each other",
    rule: "protection none: the primary never stops itself",
    topology: "unprotected",
    acts: [
      act(4000, "the network is cut", cutBoth(primary, backup)),
      act(8000, "the network is whole again", heal(primary, backup)),
    ],
    ...times,
  },
  {
    name: "59-flapping",
    about: "a server that dies again soon gets its channels back later, and is taken over at once",
    rule: "rule 4, flap protection",
    topology: "pair",
    configuration: { flap: { deaths: 2, stableAfterMs: 10_000, holdMs: 4000, holdMaxMs: 8000 } },
    without: "flap_forgiven",
    acts: [
      act(4000, "the primary loses its power", powerOff(primary)),
      act(6000, "the primary boots", boot(primary)),
      act(9000, "it loses its power again", powerOff(primary)),
      act(11_000, "the primary boots", boot(primary)),
    ],
    healAtMs: 20_000,
    endMs: 30_000,
  },
  {
    name: "57-break-glass",
    about: "no monitor answers: an operator starts the channels, until one answers again",
    rule: "R10",
    topology: "apart",
    acts: [
      act(4000, "the monitor crashes", ({ monitor }) => monitor.process.end()),
      act(7000, "an operator breaks the glass on the primary", breakGlass("channels")),
      act(9000, "the monitor starts", startMonitor),
    ],
    ...times,
  },
  {
    name: "65-a-drill-by-switchover",
    about: "a drill moves the channels to the backup and back, without a signal",
    rule: "drills, docs/rules.md",
    topology: "pair",
    acts: [act(4000, "an operator drills by switchover", drill("switchover"))],
    ...times,
  },
  {
    name: "66-a-drill-by-silence",
    about: "a server that lives is not heard: DEAD, takeover, and LIVE when the backup runs all",
    rule: "drills, docs/rules.md",
    topology: "pair",
    configuration: { failback: { kind: "manual" } },
    without: "silence_leased",
    acts: [act(4000, "an operator drills by silence", drill("silence"))],
    ...times,
  },
  {
    name: "67-a-drill-and-a-death",
    about: "the primary dies in the middle of a drill: the backup has the channels no later",
    rule: "drills, docs/rules.md",
    topology: "pair",
    acts: [
      act(4000, "an operator drills by silence", drill("silence")),
      act(4300, "the primary loses its power", powerOff(primary)),
      act(9000, "the primary boots", boot(primary)),
    ],
    ...times,
  },
  {
    name: "68-a-drill-without-its-monitor",
    about:
      "the monitor crashes in the middle of a drill, and brings the channels home when it is back",
    rule: "drills, docs/rules.md",
    topology: "apart",
    acts: [
      act(4000, "an operator drills by switchover", drill("switchover")),
      act(4150, "the monitor crashes", ({ monitor }) => monitor.process.end()),
      act(5000, "the monitor starts", startMonitor),
    ],
    ...times,
  },
];

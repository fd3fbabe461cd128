// The stories that the product is for, as design.md section 5 tells them.

import { act, boot, failBack, powerOff, primary, switchOver } from "./acts.ts";
import type { Scenario } from "./scenario.ts";

const times = { healAtMs: 12_000, endMs: 20_000 } as const;

export const usual: readonly Scenario[] = [
  {
    name: "50-failover-and-back",
    about: "the primary dies and returns: DEAD, takeover, LIVE, gate, lease",
    rule: "design.md 5",
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
    rule: "design.md 5.6",
    topology: "pair",
    acts: [
      act(4000, "an operator asks for a switchover", switchOver),
      act(7000, "an operator asks for a failback", failBack),
    ],
    ...times,
  },
];

// Full disks, and SMTP servers that do not take mail: each while something happens that wants to be
// stored or told.

import type { Manner } from "@hot-backup/testbed/mailbox.ts";
import { type StoreName, storeNames } from "../disks.ts";
import type { Fault, Stroke } from "./fault.ts";
import { killedMachine } from "./process-faults.ts";

const manners: readonly Manner[] = ["defer", "lose_answer", "hang_up"];

export const storeFaults: readonly Fault[] = [
  {
    weight: 5,
    needs: ({ hasDisks }) => hasDisks,
    draw: (random) => fullDisk(random.pick(storeNames), random.happens(0.7)),
  },
  { weight: 2, draw: () => smtpDown },
  { weight: 4, draw: (random) => rudeSmtp(random.pick(manners)) },
];

function fullDisk(store: StoreName, isPrimaryKilled: boolean): Stroke {
  const trigger = isPrimaryKilled ? killedMachine("primary") : undefined;
  return {
    kind: `full disk under ${store}`,
    begin: async (bed) => {
      bed.disks.get(store)?.fill();
      await trigger?.begin(bed);
    },
    end: async (bed) => {
      bed.disks.get(store)?.free();
      await trigger?.end(bed);
    },
  };
}

const smtpDown: Stroke = {
  kind: "SMTP down",
  begin: async (bed) => {
    await bed.servers.mailbox.close();
    await killedMachine("primary").begin(bed);
  },
  end: async (bed) => {
    await bed.servers.mailbox.reopen();
    await killedMachine("primary").end(bed);
  },
};

function rudeSmtp(manner: Manner): Stroke {
  return {
    kind: `SMTP: ${manner.replaceAll("_", " ")}`,
    begin: async (bed) => {
      bed.servers.mailbox.behave(manner);
      await killedMachine("primary").begin(bed);
    },
    end: async (bed) => {
      bed.servers.mailbox.behave("take");
      await killedMachine("primary").end(bed);
    },
  };
}

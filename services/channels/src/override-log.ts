// Tells the log of every override, and stores how it ended. That one began is stored before, with
// what it changed; its end waits for nothing.

import type { Logger } from "@hot-backup/kit/log.ts";
import { endingsBetween } from "./core/durable.ts";
import type { State } from "./core/state.ts";
import type { Store } from "./ports.ts";

interface Keepers {
  readonly store: Pick<Store, "save">;
  readonly log: Logger;
}

/** Called after each step that was taken over. */
export function noteOverrides({ store, log }: Keepers, before: State, after: State): void {
  if (before.overrideHistory === after.overrideHistory) return;
  const endings = endingsBetween(before, after);
  const [newest] = after.overrideHistory;
  for (const { serverId: of, actor, endedBecause: because } of endings) {
    log.warn({ of, actor, because }, "The override has ended");
  }
  if (newest !== undefined && newest.number !== before.overrideHistory[0]?.number) {
    const { serverId: of, actor, names, order } = newest;
    const term = order === undefined ? undefined : String(order.term);
    log.warn({ of, actor, names, term }, "Glass broken: channels start without lease or order");
  }
  if (endings.length === 0) return;
  const nothing = { orders: [], leaseOrder: undefined, channels: [], forgotten: [] };
  try {
    store.save({ ...nothing, overrides: endings });
  } catch (error) {
    log.error({ err: error }, "Cannot store the end of an override: it ends with this service");
  }
}

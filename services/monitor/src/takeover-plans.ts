// What a death of each server would do now: the case that its flow would pick, and who would get
// the mail of it.

import type { Clock } from "@hot-backup/kit/clock.ts";
import type { Plan } from "./core/flow.ts";
import { writeNextDocument } from "./core/signal-document.ts";
import type { ServerLoop } from "./server-loop.ts";
import type { Recipients } from "./standby-ports.ts";

interface Planned {
  readonly term: bigint;
  readonly host: string;
  readonly plan: Plan;
}

export class TakeoverPlans {
  readonly #clock: Pick<Clock, "wallMs">;
  /** By server id. */
  readonly #planned = new Map<string, Planned>();

  constructor(clock: Pick<Clock, "wallMs">) {
    this.#clock = clock;
  }

  /**
   * The document of a signal tells the time too, on which no sane switch depends: the switch is
   * evaluated anew when something else of the document has changed.
   */
  of(server: ServerLoop): Plan {
    const { serverId, host, term } = server.record;
    const known = this.#planned.get(serverId);
    if (known?.term === term && known.host === host) return known.plan;
    const asked = { signal: "DEAD", reason: "signal", wallMs: this.#clock.wallMs() } as const;
    const plan = server.watched.settings.flow.plan(writeNextDocument(server.record, asked));
    this.#planned.set(serverId, { term, host, plan });
    return plan;
  }
}

/** Who gets a mail of a plan. Undefined: nobody does. */
export function recipientsOf({ steps }: Plan): Recipients | undefined {
  const emails = steps.filter((step) => step.kind === "email");
  const to = new Set(emails.flatMap((each) => each.to));
  const cc = new Set(emails.flatMap((each) => each.cc)).difference(to);
  return to.size === 0 ? undefined : { to: [...to], cc: [...cc] };
}

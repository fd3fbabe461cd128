// Overrides for people: those in force, which nobody may overlook, and those of the past.

import type { OverrideRecord } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { printInstant } from "./ages.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { printNotedTable } from "./table.ts";

/** What an override says of itself while it is in force. `server` is where the channels run. */
export function printInForce(server: string, override: OverrideRecord): string {
  const { serverId, names, since } = override;
  const began = `OVERRIDE on ${server} of ${serverId} since ${printInstant(since)}`;
  return printable(`${began} by ${whoOf(override)}. Two servers may run ${names.join(", ")}`);
}

/** All of them as a table; below each one who wanted it, and why it ended. */
export function printOverrides(
  told: readonly { readonly server: string; readonly override: OverrideRecord }[],
  paint: Paint,
): string[] {
  const rows = told.map(({ server, override: { serverId, since, endedAt, names } }) => [
    server,
    serverId,
    printInstant(since),
    endedAt === undefined ? ({ text: "IN FORCE", style: "bad" } as const) : printInstant(endedAt),
    names.join(", "),
  ]);
  const beside = told.map(({ override }) => {
    const { endedBecause } = override;
    return `${whoOf(override)}${endedBecause === "" ? "" : `; ended: ${endedBecause}`}`;
  });
  const heading = ["ON", "OF", "SINCE", "ENDED", "ASKED FOR"];
  return printNotedTable({ heading, rows, beside }, paint);
}

function whoOf({ actor }: OverrideRecord): string {
  return `${actor?.name ?? "somebody"}: ${actor?.reason ?? ""}`;
}

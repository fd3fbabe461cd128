// Whether the gateway is heard. It sends an event four times a second, so a second of silence means
// that nothing on the page is known to hold any more.

import { signal } from "@preact/signals";
import { nowMs } from "./page-clock.ts";

/** Three beats lost, and declared within a second. */
const silenceMaxMs = 900;

/** A gateway that has not answered for this long at the start is not coming. */
const firstWordMs = 3000;

export type Contact = "connecting" | "open" | "lost";

export const contact = signal<Contact>("connecting");

/** When the last event came. Undefined: none has. */
export const lastEventMs = signal<number | undefined>(undefined);

let alarm = setTimeout(loseContact, firstWordMs);

/** Notes that the gateway was heard. */
export function hearGateway(): void {
  clearTimeout(alarm);
  lastEventMs.value = nowMs();
  contact.value = "open";
  alarm = setTimeout(readWhatWaits, silenceMaxMs);
}

// A page that was itself busy or asleep finds its alarm before the events that wait for it: those
// are read first.
function readWhatWaits(): void {
  alarm = setTimeout(loseContact, 0);
}

function loseContact(): void {
  contact.value = "lost";
}

// The worst that holds anywhere, for the tab.

import { computed } from "@preact/signals";
import { contact } from "../stream/contact.ts";
import { shownServers } from "../stream/shown.ts";
import { allTroubles } from "./all-troubles.ts";

export interface Worst {
  /** "": nothing to say. */
  readonly word: string;
  readonly tone: "good" | "warn" | "bad" | "unknown";
}

export const worst = computed((): Worst => {
  if (contact.value === "lost") return { word: "✕ CONNECTION LOST", tone: "unknown" };
  if (contact.value === "connecting") return { word: "", tone: "unknown" };
  const dead = shownServers.value.filter(({ state }) => state === "DEAD").length;
  if (dead > 0) return { word: `✕ ${dead} DEAD`, tone: "bad" };
  const { bad = [], warn = [] } = Object.groupBy(allTroubles.value, ({ severity }) => severity);
  if (bad.length > 0) return { word: `✕ ${bad.length} TROUBLES`, tone: "bad" };
  return warn.length > 0 ? { word: `▲ ${warn.length}`, tone: "warn" } : { word: "", tone: "good" };
});

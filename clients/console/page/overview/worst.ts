// The worst that holds anywhere, for the tab.

import { computed } from "@preact/signals";

export const worst = computed((): { word: string; tone: "good" | "warn" | "bad" | "unknown" } => ({
  word: "",
  tone: "good",
}));

// Where the reader is: the address bar as a signal.

import { computed, signal } from "@preact/signals";
import { readRoute } from "./route.ts";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const route = computed(() => readRoute(hash.value));

export function goTo(href: string): void {
  location.hash = href;
}

/** The same page with other filters: no new entry in the history of the browser. */
export function replaceAddress(href: string): void {
  history.replaceState(null, "", href);
  hash.value = href;
}

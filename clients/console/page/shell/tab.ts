// The tab tells the worst state while nobody looks at the page: a word in its title, and an icon
// whose shape and colour change.

import { computed, effect } from "@preact/signals";
import { worst } from "../overview/worst.ts";
import { pages } from "./places.tsx";
import { route } from "../routing/location.ts";

const title = computed(() => {
  const { place } = route.value;
  const page = place === undefined ? undefined : pages[place];
  const here = page?.title(route.value) ?? "No such page";
  const { word } = worst.value;
  return `${word === "" ? "" : `${word} · `}${here} · Hot Backup`;
});

const icons = {
  good: '<circle cx="8" cy="8" r="6" fill="#1b8a5a"/>',
  warn: '<path d="M8 1 15.5 15H.5z" fill="#d18a00"/>',
  bad: '<path d="M2 2l12 12M14 2 2 14" stroke="#d32f24" stroke-width="4"/>',
  unknown: '<path d="M8 1l7 7-7 7-7-7z" fill="none" stroke="#7d8792" stroke-width="2"/>',
};

/** Keeps title and icon of the tab for as long as the page is open. */
export function keepTab(): void {
  effect(() => {
    document.title = title.value;
  });
  effect(() => {
    const drawing = icons[worst.value.tone];
    const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${drawing}</svg>`;
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    link?.setAttribute("href", `data:image/svg+xml,${encodeURIComponent(image)}`);
  });
}

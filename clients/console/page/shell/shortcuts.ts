// What keys do, anywhere on the page. They can be switched off, for those whose voice or keyboard
// types letters that were meant for something else.

import { signal } from "@preact/signals";
import { hrefOf } from "../routing/route.ts";
import { goTo } from "../routing/location.ts";
import { turnTheme } from "./theme.ts";

export interface Shortcut {
  /** One key, or two after each other. */
  readonly keys: readonly [string] | readonly [string, string];
  readonly does: string;
  readonly act: () => void;
}

/** How long the second key may take. */
const secondKeyMs = 1500;

const storageKey = "hot-backup.shortcuts";

export const isListOpen = signal(false);

export const areShortcutsOn = signal(localStorage.getItem(storageKey) !== "off");

export const shortcuts: readonly Shortcut[] = [
  { keys: ["?"], does: "List the shortcuts", act: () => (isListOpen.value = true) },
  { keys: ["/"], does: "Go to the filter", act: () => focusOn("[data-filter]") },
  { keys: ["g", "o"], does: "Go to the overview", act: () => goTo(hrefOf("overview")) },
  { keys: ["g", "s"], does: "Go to the signals", act: () => goTo(hrefOf("signals")) },
  { keys: ["g", "c"], does: "Go to the channels", act: () => goTo(hrefOf("channels")) },
  { keys: ["g", "m"], does: "Go to the mail", act: () => goTo(hrefOf("mail")) },
  { keys: ["t"], does: "Change light and dark", act: turnTheme },
];

export function switchShortcuts(on: boolean): void {
  areShortcutsOn.value = on;
  localStorage.setItem(storageKey, on ? "on" : "off");
}

/** Begins to listen. */
export function listenForShortcuts(): void {
  let first: { key: string; atMs: number } | undefined;
  addEventListener("keydown", (event) => {
    if (!areShortcutsOn.value || !isMeant(event)) return;
    const { key, timeStamp } = event;
    const isSecond = first !== undefined && timeStamp - first.atMs < secondKeyMs;
    // Whatever was pressed before, a key that does something by itself does it.
    const found = (isSecond && find([first?.key ?? "", key])) || find([key]);
    first = found ? undefined : { key, atMs: timeStamp };
    if (!found) return;
    event.preventDefault();
    found.act();
  });
}

function find(typed: readonly string[]): Shortcut | undefined {
  return shortcuts.find(({ keys }) => keys.join(" ") === typed.join(" "));
}

// Not what is typed into a field, and not what belongs to the browser.
function isMeant({ target, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  if (ctrlKey || altKey || metaKey) return false;
  return !(target instanceof Element && target.closest("input, select, textarea, dialog") !== null);
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

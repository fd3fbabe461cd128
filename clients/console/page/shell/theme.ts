// Light or dark: as the system has it, until the reader chooses. The choice stays in this browser.

import { signal } from "@preact/signals";

const themes = ["system", "light", "dark"] as const;

type Theme = (typeof themes)[number];

const key = "hot-backup.theme";

export const theme = signal<Theme>(readTheme());
theme.subscribe((chosen) => {
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
});

/** From one theme to the next. */
export function turnTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
  try {
    localStorage.setItem(key, theme.value);
  } catch {
    // A browser that stores nothing forgets the choice with the page.
  }
}

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return themes.find((each) => each === stored) ?? "system";
  } catch {
    return "system";
  }
}

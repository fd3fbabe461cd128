// The top of every page: where one can go, whether the gateway is heard, who looks.

import { session } from "../gateway/session.ts";
import { places } from "./places.tsx";
import { route } from "../routing/location.ts";
import { hrefOf } from "../routing/route.ts";
import { contact } from "../stream/contact.ts";
import { Mark, type Word } from "../words/mark.tsx";
import { isListOpen } from "./shortcuts.ts";
import { SignIn } from "./sign-in.tsx";
import { theme, turnTheme } from "./theme.ts";

const contactWords: Readonly<Record<typeof contact.value, Word>> = {
  connecting: { text: "connecting", tone: "quiet", shape: "half" },
  open: { text: "connected", tone: "quiet", shape: "disc" },
  lost: { text: "connection lost", tone: "bad", shape: "cross" },
};

const themeNames = { system: "as the system", light: "light", dark: "dark" };

export function Header() {
  const here = route.value.place;
  return (
    <header class="masthead">
      <a class="brand" href={hrefOf("overview")}>
        <Emblem />
        <span>Hot Backup</span>
      </a>
      <nav class="places" aria-label="Pages">
        {places.map(({ place, label, of }) => (
          <a
            key={place}
            href={hrefOf(place)}
            aria-current={
              here === place || (here !== undefined && of.includes(here)) ? "page" : undefined
            }
          >
            {label}
          </a>
        ))}
      </nav>
      <div class="tools">
        <span class={`contact contact-${contact.value}`}>
          <Mark word={contactWords[contact.value]} />
        </span>
        {session.value !== undefined && <SignIn />}
        <button
          type="button"
          class="plain"
          onClick={turnTheme}
          aria-label={`Light and dark: ${themeNames[theme.value]}`}
          title={`Light and dark: ${themeNames[theme.value]} (t)`}
        >
          <ThemeSign />
        </button>
        <button
          type="button"
          class="plain keys"
          onClick={() => (isListOpen.value = true)}
          aria-label="Keys"
          title="Keys (?)"
        >
          <kbd>?</kbd>
        </button>
      </div>
    </header>
  );
}

// Two servers, one of them running: the shape of the product.
function Emblem() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" fill="none">
      <rect x="1" y="4" width="7" height="12" rx="1.5" fill="currentColor" />
      <rect x="12" y="4" width="7" height="12" rx="1.5" stroke="currentColor" stroke-width="1.6" />
      <path d="M8 10h4" stroke="currentColor" stroke-width="1.6" />
    </svg>
  );
}

function ThemeSign() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
    </svg>
  );
}

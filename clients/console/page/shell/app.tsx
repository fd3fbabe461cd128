// The whole page: header, loss of contact, the place that the address names, and what is read out.

import { useEffect, useRef } from "preact/hooks";
import { session } from "../gateway/session.ts";
import { route } from "../routing/location.ts";
import { hrefOf } from "../routing/route.ts";
import { contact } from "../stream/contact.ts";
import { store } from "../stream/event-stream.ts";
import { ErrorBoundary } from "./error-boundary.tsx";
import { Header } from "./header.tsx";
import { LostBanner } from "./lost-banner.tsx";
import { News } from "./news.tsx";
import { pageFailure } from "./page-failure.ts";
import { pages } from "./places.tsx";
import { ShortcutList } from "./shortcut-list.tsx";
import { SignInForm } from "./sign-in-form.tsx";

export function App() {
  const main = useRef<HTMLElement>(null);
  const isStale = contact.value === "lost";
  return (
    <div class={`shell${isStale ? " is-stale" : ""}`} data-contact={contact.value}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        To the content
      </button>
      <div>
        <Header />
        <LostBanner />
        <Failure />
      </div>
      <News />
      <main class="content" ref={main} tabIndex={-1}>
        <ErrorBoundary key={route.value.place}>
          <Place />
        </ErrorBoundary>
      </main>
      <ShortcutList />
    </div>
  );
}

function Place() {
  const { place } = route.value;
  const page = place === undefined ? undefined : pages[place];
  useEffect(() => scrollTo(0, 0), [place, route.value.id]);
  if (page === undefined) return <Nowhere />;
  if (session.value !== undefined && session.value.person === undefined) return <SignInPlace />;
  if (!store.hasSnapshot.value) return <FirstWord />;
  return page.draw(route.value);
}

function SignInPlace() {
  return (
    <div class="sign-in-page">
      <h1>Sign in</h1>
      <SignInForm />
    </div>
  );
}

function Nowhere() {
  return (
    <div class="empty">
      <h1>There is no such page</h1>
      <p>
        The address names none. <a href={hrefOf("overview")}>To the overview</a>
      </p>
    </div>
  );
}

function FirstWord() {
  return (
    <div class="empty" aria-busy="true">
      <h1 class="unseen">Hot Backup</h1>
      <p>Asking the gateway what it knows…</p>
    </div>
  );
}

function Failure() {
  const failure = pageFailure.value;
  if (failure === undefined) return null;
  return (
    <div class="lost" role="alert" data-failure>
      <strong>This page has failed</strong>
      <span>
        What you see may be wrong: <code>{failure}</code>
      </span>
      <button type="button" onClick={() => location.reload()}>
        Load it again
      </button>
    </div>
  );
}

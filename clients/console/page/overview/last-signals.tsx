// The newest signals beside the servers.

import { useLayoutEffect, useRef } from "preact/hooks";
import type { SignalView } from "../../src/view/signal.ts";
import { viewKeys } from "../../src/view/event.ts";
import { hrefOf } from "../routing/route.ts";
import { store } from "../stream/event-stream.ts";
import { isoInstant, printDay, printInstant, printTime } from "../words/instant.ts";
import { Mark } from "../words/mark.tsx";
import { signalWord } from "../words/state-words.ts";

const signalsMax = 8;

/** Older than this a time of day says too little. */
const dayMs = 86_400_000 / 2;

export function LastSignals() {
  const newest = store.signals.value.slice(0, signalsMax);
  return (
    <section class="panel last-signals" aria-labelledby="last-signals">
      <header>
        <h2 id="last-signals">Last signals</h2>
        <a href={hrefOf("signals")}>All of them</a>
      </header>
      {newest.length === 0 && <p class="empty">None yet: no server has changed its state.</p>}
      <ol>
        {newest.map((each) => (
          <SignalLine
            key={viewKeys.signals(each)}
            signal={each}
            newestMs={newest[0]?.atMs ?? each.atMs}
          />
        ))}
      </ol>
    </section>
  );
}

function SignalLine(props: { readonly signal: SignalView; readonly newestMs: number }) {
  const { newestMs, signal: told } = props;
  const { signal, signalId, serverId, atMs, because, term } = told;
  const line = useRef<HTMLLIElement>(null);
  // How long a signal takes to the screen is measured here: the frame after it has been painted.
  useLayoutEffect(() => {
    requestAnimationFrame(() => setTimeout(() => noteDrawn(line.current)));
  }, []);
  const isLong = newestMs - atMs > dayMs;
  return (
    <li ref={line} data-signal-id={signalId}>
      <time dateTime={isoInstant(atMs)} title={printInstant(atMs)}>
        {isLong ? printDay(atMs) : printTime(atMs)}
      </time>
      <Mark word={signalWord(signal)} />
      <a class="subject" href={hrefOf("server", serverId)}>
        {serverId}
      </a>
      <span class="explains">
        {because} · term {term}
      </span>
    </li>
  );
}

function noteDrawn(line: HTMLElement | null): void {
  const drawnAtMs = performance.timeOrigin + performance.now();
  line?.setAttribute("data-drawn-at-ms", drawnAtMs.toFixed(1));
}

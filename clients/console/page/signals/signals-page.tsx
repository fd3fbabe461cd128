// The signals of all servers, newest first: what was declared when, why, on what evidence. New ones
// come by themselves; older ones are asked for.

import { useState } from "preact/hooks";
import type { SignalView } from "../../src/view/signal.ts";
import { monitorApi, queryOf } from "../gateway/api.ts";
import { MoreButton } from "../gateway/more-button.tsx";
import { usePaged } from "../gateway/paged.ts";
import type { Route } from "../routing/route.ts";
import { store } from "../stream/event-stream.ts";
import { joinSignals } from "../stream/join-signals.ts";
import { FilterFields } from "./filter-fields.tsx";
import { SignalEntry } from "./signal-entry.tsx";
import { passes, readFilter } from "./signal-filter.ts";

export function SignalsPage({ route }: { readonly route: Route }) {
  const monitors = store.sources.all.value
    .filter(({ service }) => service === "monitor")
    .map(({ server }) => server);
  return (
    <article>
      <header class="page-head">
        <h1>Signals</h1>
        <p class="explains">What was declared of every server, by the clock of its monitor.</p>
      </header>
      <FilterFields route={route} />
      {monitors.length === 0 ? (
        <p class="empty">The gateway listens to no monitor: its configuration names none.</p>
      ) : (
        <Timeline monitors={monitors} route={route} />
      )}
    </article>
  );
}

// One list of pages for each monitor, because each has a journal of its own.
function Timeline({ monitors, route }: TimelineProps) {
  const [older, setOlder] = useState<Readonly<Record<string, readonly SignalView[]>>>({});
  const filter = readFilter(route.query);
  const newest = store.signals.value;
  const all = joinSignals([newest, ...Object.values(older)]);
  // The newest instant that the monitors have told, and not the clock of this browser.
  const nowMs = Math.max(0, ...all.map(({ atMs }) => atMs), ...asOfInstants());
  const shown = all.filter((each) => passes(each, filter, nowMs));
  return (
    <>
      <output class="explains" data-count={shown.length}>
        Shown: {shown.length} of {all.length} that this page knows
      </output>
      {shown.length === 0 ? (
        <p class="empty">No signal is like that. Change the filter, or ask for older ones below.</p>
      ) : (
        <ol class="timeline" aria-label="Signals">
          {shown.map((each) => (
            <SignalEntry key={`${each.toldBy}/${each.signalId}`} signal={each} />
          ))}
        </ol>
      )}
      {monitors.map((monitor) => (
        <OlderSignals
          key={monitor}
          monitor={monitor}
          server={exactServer(filter.server)}
          onEntries={(entries) => setOlder((last) => ({ ...last, [monitor]: entries }))}
        />
      ))}
    </>
  );
}

interface TimelineProps {
  readonly monitors: readonly string[];
  readonly route: Route;
}

function asOfInstants(): readonly number[] {
  return store.servers.all.value.map(({ asOfMs }) => asOfMs);
}

const pageSize = "100";

// Older signals of one server are found at once, if it is named in full.
function exactServer(text: string): string | undefined {
  return store.servers.all.value.find(({ serverId }) => serverId === text)?.serverId;
}

function OlderSignals({ monitor, server, onEntries }: OlderProps) {
  const addressOf = (page: string) =>
    `${monitorApi(monitor)}/signals${queryOf({ server, page, size: pageSize })}`;
  const paged = usePaged<SignalView>(addressOf, { onEntries });
  return <MoreButton paged={paged} what={`signals of the monitor on ${monitor}`} />;
}

interface OlderProps {
  readonly monitor: string;
  /** Only those of this server. Undefined: all. */
  readonly server: string | undefined;
  readonly onEntries: (entries: readonly SignalView[]) => void;
}

// One watched server: how it is and why, its flow with the run in it, what a takeover would fail
// of, and what can be done.

import { ActionBar } from "../actions/action-bar.tsx";
import { troublesOf } from "../overview/all-troubles.ts";
import { hrefOf } from "../routing/route.ts";
import type { Route } from "../routing/route.ts";
import { store } from "../stream/event-stream.ts";
import { shownServer } from "../stream/shown.ts";
import { AsOf } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { stateWord } from "../words/state-words.ts";
import type { ServerView } from "../../src/view/server.ts";
import { DrillsPanel } from "./drills-panel.tsx";
import { findServerKey } from "./find-server.ts";
import { FlowPanel } from "./flow-panel.tsx";
import { ReadinessPanel } from "./readiness-panel.tsx";
import { ServerFacts } from "./server-facts.tsx";
import { HistoryPanel, useExplanation, WhyPanel } from "./explanation-panels.tsx";

export function ServerPage({ route }: { readonly route: Route }) {
  const id = route.id ?? "";
  const key = findServerKey(id, store.servers.names.value);
  const server = key === undefined ? undefined : shownServer(key).value;
  if (key === undefined || server === undefined) return <UnknownServer id={id} />;
  return (
    <KnownServer server={server} serverKey={key} runId={route.query.get("run") ?? undefined} />
  );
}

function KnownServer({ server, serverKey, runId }: KnownServerProps) {
  const explanation = useExplanation(server);
  return (
    <article class="server-page" data-server={server.serverId}>
      <Head server={server} />
      <Troubles serverKey={serverKey} />
      <ActionBar server={server} />
      <div class="server-columns">
        <div class="stack">
          <FlowPanel server={server} serverKey={serverKey} runId={runId} />
          <DrillsPanel server={server} />
          <HistoryPanel answer={explanation} />
        </div>
        <div class="stack">
          <ServerFacts server={server} serverKey={serverKey} />
          <ReadinessPanel server={server} />
          <WhyPanel answer={explanation} />
        </div>
      </div>
    </article>
  );
}

interface KnownServerProps {
  readonly server: ServerView;
  readonly serverKey: string;
  /** The run to show. Undefined: the newest one. */
  readonly runId: string | undefined;
}

function Head({ server }: { readonly server: ServerView }) {
  const isToldNow = store.isToldNow("monitor", server.toldBy);
  return (
    <header class="page-head">
      <h1>
        <span class="id">{server.serverId}</span> <Mark word={stateWord(server, isToldNow)} />
      </h1>
      <p>{isToldNow ? server.because : `It was ${server.state}: ${server.because}`}</p>
      <p class="explains">
        Told by the monitor on {server.toldBy}, <AsOf view={server} service="monitor" />
      </p>
    </header>
  );
}

function Troubles({ serverKey }: { readonly serverKey: string }) {
  const troubles = troublesOf(serverKey).value;
  if (troubles.length === 0) return null;
  return (
    <ul class="troubles" aria-label="What must not be missed">
      {troubles.map(({ severity, text }) => (
        <li key={text} class={`trouble tone-${severity === "note" ? "quiet" : severity}`}>
          {text}
        </li>
      ))}
    </ul>
  );
}

function UnknownServer({ id }: { readonly id: string }) {
  const known = store.servers.all.value;
  return (
    <div class="empty">
      <h1>
        No monitor watches <span class="id">{id === "" ? "that server" : id}</span>
      </h1>
      {known.length === 0 ? (
        <p>The gateway knows no watched server yet. See that its monitors answer.</p>
      ) : (
        <>
          <p>These are watched:</p>
          <ul>
            {known.slice(0, 50).map(({ toldBy, serverId }) => (
              <li key={`${toldBy}/${serverId}`}>
                <a href={hrefOf("server", `${toldBy}/${serverId}`)}>{serverId}</a>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

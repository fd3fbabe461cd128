// The channels of every server: what each does, since when, whether the other side has the same;
// and for the one that is picked, all about it with its output as it comes.

import { useState } from "preact/hooks";
import { DeployDialog } from "../actions/deploy-dialog.tsx";
import { ActionButton, WhyNot } from "../actions/action-button.tsx";
import type { Route } from "../routing/route.ts";
import { store } from "../stream/event-stream.ts";
import { ChannelDetail } from "./channel-detail.tsx";
import { channelsByServer, otherSidesOf } from "./channel-index.ts";
import { passesFilter, readChannelFilter } from "./channel-filter.ts";
import { ChannelFilterFields } from "./channel-filter-fields.tsx";
import { ChannelTable } from "./channel-table.tsx";

export function ChannelsPage({ route }: { readonly route: Route }) {
  const servers = store.sources.all.value
    .filter(({ service }) => service === "channels")
    .map(({ server }) => server);
  const wanted = route.id;
  const shown = wanted === undefined ? servers : servers.filter((each) => each === wanted);
  const name = route.query.get("channel") ?? undefined;
  return (
    <article>
      <header class="page-head">
        <h1>
          Channels{" "}
          {wanted !== undefined && (
            <>
              of <span class="id">{wanted}</span>
            </>
          )}
        </h1>
        <p class="explains">As the channels service of each server tells them itself.</p>
        <WhyNot />
      </header>
      <ChannelFilterFields route={route} servers={servers} />
      {wanted !== undefined && name !== undefined && (
        <ChannelDetail server={wanted} name={name} query={route.query} />
      )}
      {shown.length === 0 ? (
        <p class="empty">
          The gateway listens to no channels service{wanted !== undefined && ` of ${wanted}`}: its
          configuration names none.
        </p>
      ) : (
        <Servers servers={shown} route={route} />
      )}
    </article>
  );
}

/** More than are looked through one by one: a filter finds the others. */
const serversAtOnce = 20;

function Servers({ servers, route }: ServersProps) {
  const [most, setMost] = useState(serversAtOnce);
  return (
    <>
      {servers.slice(0, most).map((server) => (
        <ServerChannels key={server} server={server} route={route} />
      ))}
      {servers.length > most && (
        <p>
          <button type="button" onClick={() => setMost(most + serversAtOnce)}>
            {servers.length - most} more servers
          </button>
        </p>
      )}
    </>
  );
}

interface ServersProps {
  readonly servers: readonly string[];
  readonly route: Route;
}

function ServerChannels({ server, route }: { readonly server: string; readonly route: Route }) {
  const [isDeploying, setDeploying] = useState(false);
  const othersOf = otherSidesOf.value;
  const filter = readChannelFilter(route.query);
  const here = channelsByServer.value.get(server) ?? [];
  const rows = here
    .filter((each) => passesFilter(each, filter, othersOf(each)))
    .map((channel) => ({ channel, others: othersOf(channel) }));
  const isToldNow = store.isToldNow("channels", server);
  return (
    <section class="panel" aria-label={`Channels of ${server}`} data-channels-of={server}>
      <header>
        <h2 class="id">{server}</h2>
        <span class="explains">
          {rows.length === here.length ? `${here.length}` : `${rows.length} of ${here.length}`}
        </span>
        {!isToldNow && (
          <strong class="tone-unknown">UNKNOWN: its channels service is silent</strong>
        )}
        <span class="push">
          <ActionButton name="deploy" label="Deploy…" onAct={() => setDeploying(true)} />
        </span>
      </header>
      <ChannelTable server={server} rows={rows} isToldNow={isToldNow} route={route} />
      {isDeploying && <DeployDialog server={server} onClose={() => setDeploying(false)} />}
    </section>
  );
}

// One watched server as the architecture picture: primary, heartbeats, backup, and the facts that
// decide who runs the channels.

import { useComputed } from "@preact/signals";
import type { ServerView } from "../../src/view/server.ts";
import { hrefOf } from "../routing/route.ts";
import { store } from "../stream/event-stream.ts";
import { tick } from "../stream/page-clock.ts";
import { shownServer } from "../stream/shown.ts";
import { Mark } from "../words/mark.tsx";
import { printSpan } from "../words/span.ts";
import { stateWord } from "../words/state-words.ts";
import { HeartbeatLine } from "./heartbeat-line.tsx";
import { backupBoxes, type PictureSources, primaryBox } from "./picture.ts";
import { ServerBoxCard } from "./server-box.tsx";
import { ServerFacts } from "./server-facts.tsx";

/** `name` is the key of the server's view. */
export function ServerPicture({ name }: { readonly name: string }) {
  const boxes = useComputed(() => {
    const server = shownServer(name).value;
    if (server === undefined) return undefined;
    const from: PictureSources = {
      channels: store.channels.all.value,
      isMonitorUp: store.isToldNow("monitor", server.toldBy),
      areChannelsUp: (place) => store.isToldNow("channels", place),
      channelsHeardAtMs: (place) => store.toldAtMs("channels", place),
    };
    return { primary: primaryBox(server, from), backups: backupBoxes(server, from) };
  });
  const server = shownServer(name).value;
  if (server === undefined || boxes.value === undefined) return null;
  const { primary, backups } = boxes.value;
  const heading = `server ${name}`;
  return (
    <section class="panel picture" aria-labelledby={heading} data-server={server.serverId}>
      <PictureHead server={server} id={heading} />
      <div class="scene">
        <ServerBoxCard box={primary} server={server} />
        <HeartbeatLine name={name} server={server} />
        <div class="backups">
          {backups.map((each) => (
            <ServerBoxCard key={each.serverId} box={each} server={server} />
          ))}
          {backups.length === 0 && (
            <p class="empty">Its flow starts channels on no other server.</p>
          )}
        </div>
      </div>
      <ServerFacts server={server} />
    </section>
  );
}

function PictureHead({ server, id }: { readonly server: ServerView; readonly id: string }) {
  const isToldNow = store.isToldNow("monitor", server.toldBy);
  return (
    <header>
      <h2 id={id}>
        <a href={hrefOf("server", server.serverId)}>{server.serverId}</a>
      </h2>
      <span class="state" data-state={isToldNow ? server.state : "UNKNOWN"}>
        <Mark word={stateWord(server, isToldNow)} />
      </span>
      <span class="explains">
        <Since server={server} />
        {server.because}
      </span>
    </header>
  );
}

// Two instants of the monitor's own clock, and what has passed since by the gateway's.
function Since({ server: { changedAtMs, asOfMs, heardAtMs } }: { readonly server: ServerView }) {
  if (changedAtMs === undefined) return null;
  const spanMs = asOfMs - changedAtMs + store.ageMs(heardAtMs, tick.value);
  return <>for {printSpan(spanMs)}: </>;
}

// The overview: what needs somebody, every watched server, and what happened last.

import { store } from "../stream/event-stream.ts";
import { LastSignals } from "./last-signals.tsx";
import { ServerGrid } from "./server-grid.tsx";
import { ServerPicture } from "./server-picture.tsx";
import { rankedServers } from "./all-troubles.ts";
import { Troubles } from "./troubles.tsx";

/** More are too many to be drawn at length. */
const picturesMax = 3;

export function Overview() {
  const count = store.servers.names.value.length;
  return (
    <div class="overview">
      <h1 class="unseen">Overview</h1>
      <Troubles />
      <div class="servers">{count > picturesMax ? <ServerGrid /> : <Pictures />}</div>
      <LastSignals />
    </div>
  );
}

function Pictures() {
  const servers = rankedServers.value;
  if (servers.length === 0) return <NoServer />;
  // By name: a picture that moves while somebody looks at it is worse than one that is second.
  const inOrder = servers.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return (
    <>
      {inOrder.map(({ key }) => (
        <ServerPicture key={key} name={key} />
      ))}
    </>
  );
}

function NoServer() {
  const isHeard = store.sources.all.value.some(
    ({ service, isUp }) => service === "monitor" && isUp,
  );
  return (
    <div class="panel empty">
      <h2>No watched server</h2>
      <p>
        {isHeard
          ? "The monitors of this console watch no server: monitor.servers is empty in their files."
          : "No monitor has answered this console yet. Its addresses are in the console's file."}
      </p>
    </div>
  );
}

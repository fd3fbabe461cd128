// The runs of a server, to pick one for the graph.

import { useState } from "preact/hooks";
import type { RunView } from "../../src/view/run.ts";
import type { ServerView } from "../../src/view/server.ts";
import { monitorApi, queryOf } from "../gateway/api.ts";
import { usePaged } from "../gateway/paged.ts";
import { MoreButton } from "../gateway/more-button.tsx";
import { hrefOf } from "../routing/route.ts";
import { Instant } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { runWord } from "../words/run-words.ts";
import { signalWord } from "../words/state-words.ts";

const pageSize = "20";

export function RunList({ server, newest, shown }: RunListProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="runs" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Older runs</summary>
      {isOpen && <Runs server={server} newest={newest} shown={shown} />}
    </details>
  );
}

interface RunListProps {
  readonly server: ServerView;
  readonly newest: RunView | undefined;
  /** Id of the run that is shown. */
  readonly shown: string | undefined;
}

function Runs({ server, newest, shown }: RunListProps) {
  const { toldBy, serverId } = server;
  const addressOf = (page: string) =>
    `${monitorApi(toldBy)}/runs${queryOf({ server: serverId, page, size: pageSize })}`;
  // The list is told anew when a run begins or ends.
  const paged = usePaged<RunView>(addressOf, { after: `${newest?.runId} ${newest?.state}` });
  return (
    <>
      <ul class="lines">
        {paged.entries.map((run) => (
          <li key={run.runId}>
            <a
              href={hrefOf("server", `${toldBy}/${serverId}`, { run: run.runId })}
              aria-current={run.runId === shown ? "true" : undefined}
            >
              <Instant atMs={run.startedAtMs} />
            </a>{" "}
            {run.reason} <Mark word={signalWord(run.signal)} /> term {run.term}{" "}
            <Mark word={runWord(run.state)} />
          </li>
        ))}
      </ul>
      <MoreButton paged={paged} what="runs" />
    </>
  );
}

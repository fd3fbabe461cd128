// The flow of a server, and one of its runs in it: the one under way, the last one, or an older one
// that was picked.

import type { FlowView, RunView } from "../../src/view/run.ts";
import type { ServerView } from "../../src/view/server.ts";
import { useAnswer } from "../gateway/answer.ts";
import { monitorApi, serverApi } from "../gateway/api.ts";
import { Told } from "../gateway/told.tsx";
import { Panel } from "../shell/panel.tsx";
import { store } from "../stream/event-stream.ts";
import { FlowGraph } from "./flow-graph.tsx";
import { lightFlow } from "./flow-light.ts";
import { RunList } from "./run-list.tsx";
import { RunSteps } from "./run-steps.tsx";

/** A flow changes only when its monitor is started anew. */
const flowEveryMs = 30_000;

export function FlowPanel({ server, serverKey, runId }: FlowPanelProps) {
  const flow = useAnswer<FlowView>(`${serverApi(server)}/flow`, { everyMs: flowEveryMs });
  const newest = store.runs.of(serverKey).value;
  const isOlder = runId !== undefined && runId !== newest?.runId;
  const path = isOlder
    ? `${monitorApi(server.toldBy)}/runs/${encodeURIComponent(runId)}`
    : undefined;
  const older = useAnswer<RunView>(path);
  const run = isOlder ? older.view : newest;
  return (
    <Panel id="flow" title="Process flow" aside={<Which run={run} isOlder={isOlder} />}>
      {isOlder && older.view === undefined && <Told answer={older}>{() => <></>}</Told>}
      <Told answer={flow}>
        {(view) => {
          const lit = lightFlow(view, run);
          return (
            <>
              {lit.isChanged && (
                <p class="explains">
                  The flow has changed since this run: its steps are those it was decided with.
                </p>
              )}
              <FlowGraph decision={view.decision} lit={lit} />
            </>
          );
        }}
      </Told>
      {run !== undefined && <RunSteps run={run} />}
      <RunList server={server} newest={newest} shown={run?.runId} />
    </Panel>
  );
}

interface FlowPanelProps {
  readonly server: ServerView;
  readonly serverKey: string;
  /** The run to show. Undefined: the newest one. */
  readonly runId: string | undefined;
}

function Which({ run, isOlder }: { readonly run: RunView | undefined; readonly isOlder: boolean }) {
  if (run === undefined) return <span class="explains">no run yet</span>;
  const isOver = run.state === "FINISHED" || run.state === "SUPERSEDED";
  if (isOlder) return <span class="explains">an older run</span>;
  return <span class="explains">{isOver ? "the last run" : "the run under way"}</span>;
}

// Drills of a server: planned failovers, with what each phase took.

import type {
  DrillChannelView,
  DrillPhaseView,
  DrillVerdict,
  DrillView,
} from "../../src/view/drill.ts";
import type { ServerView } from "../../src/view/server.ts";
import { useAnswer } from "../gateway/answer.ts";
import { monitorApi, queryOf } from "../gateway/api.ts";
import { Told } from "../gateway/told.tsx";
import { Panel } from "../shell/panel.tsx";
import { store } from "../stream/event-stream.ts";
import { Instant } from "../words/as-of.tsx";
import { Mark, type Word } from "../words/mark.tsx";
import { printLength } from "../words/span.ts";
import type { ListPage } from "../../src/view/signal.ts";

const words: Readonly<Record<DrillView["state"], Word>> = {
  RUNNING: { text: "RUNNING", tone: "warn", shape: "half" },
  PASSED: { text: "PASSED", tone: "good", shape: "disc" },
  FAILED: { text: "FAILED", tone: "bad", shape: "cross" },
};

const verdicts: Readonly<Record<DrillVerdict, Word>> = {
  OPEN: { text: "OPEN", tone: "quiet", shape: "half" },
  PASSED: words.PASSED,
  FAILED: words.FAILED,
  NOT_EXERCISED: { text: "NOT DONE", tone: "quiet", shape: "ring" },
};

/** Often enough for a drill under way: its phases take seconds. */
const everyMs = 2000;

export function DrillsPanel({ server }: { readonly server: ServerView }) {
  const query = queryOf({ server: server.serverId, size: "5" });
  const isHeard = store.isToldNow("monitor", server.toldBy);
  const answer = useAnswer<ListPage<DrillView>>(`${monitorApi(server.toldBy)}/drills${query}`, {
    after: `${server.term} ${server.runId} ${isHeard}`,
    ...(isHeard && { everyMs }),
  });
  return (
    <Panel id="drills" title="Drills">
      <Told answer={answer}>
        {({ entries }) =>
          entries.length === 0 ? (
            <p class="explains">None yet. What was never tried fails when it is needed.</p>
          ) : (
            <ul class="drills">
              {entries.map((drill) => (
                <Drill key={drill.drillId} drill={drill} />
              ))}
            </ul>
          )
        }
      </Told>
    </Panel>
  );
}

function Drill({ drill }: { readonly drill: DrillView }) {
  const { state, kind, actor, startedAtMs, because, phases, channels, mails } = drill;
  return (
    <li data-drill={drill.drillId} data-state={state}>
      <p>
        <Mark word={words[state]} /> <strong>{kind}</strong>{" "}
        <span class="explains">
          <Instant atMs={startedAtMs} />
        </span>
      </p>
      {actor !== undefined && (
        <p>
          <strong>{actor.name}</strong>: {actor.reason}
        </p>
      )}
      {because.map((each) => (
        <p key={each} class="tone-bad">
          {each}
        </p>
      ))}
      <ul class="phases">
        {phases.map((phase) => (
          <Phase key={phase.name} phase={phase} />
        ))}
      </ul>
      {channels.filter(hasMeasured).map(({ name, withoutRunnerOutMs, withoutRunnerBackMs }) => (
        <p key={name} class="explains">
          {name}: without a runner {printMeasured(withoutRunnerOutMs)} on the way out,{" "}
          {printMeasured(withoutRunnerBackMs)} on the way back
        </p>
      ))}
      {mails > 0 && <p class="explains">{mails} mails went out because of it.</p>}
    </li>
  );
}

// A shadow moves no channel.
function hasMeasured({ withoutRunnerOutMs, withoutRunnerBackMs }: DrillChannelView): boolean {
  return withoutRunnerOutMs !== undefined || withoutRunnerBackMs !== undefined;
}

function Phase({ phase }: { readonly phase: DrillPhaseView }) {
  const { name, tookMs, expectedMs, objectiveMs, verdict, note } = phase;
  const isExpected = tookMs === undefined && expectedMs !== undefined;
  return (
    <li data-phase={name} data-verdict={verdict}>
      <Mark word={verdicts[verdict]} /> {name}{" "}
      {isExpected ? `about ${printLength(expectedMs)}` : printMeasured(tookMs)}
      {objectiveMs !== undefined && ` of ${printLength(objectiveMs)}`}
      {note !== "" && <span class="explains"> {note}</span>}
    </li>
  );
}

function printMeasured(spanMs: number | undefined): string {
  return spanMs === undefined ? "-" : printLength(spanMs);
}

// Why a server is as it is: the rule that applies, what stands in the way, what was measured, and
// what happened before.

import type { ExplanationView } from "../../src/view/explanation.ts";
import type { ServerView } from "../../src/view/server.ts";
import { type Answer, useAnswer } from "../gateway/answer.ts";
import { serverApi } from "../gateway/api.ts";
import { Told } from "../gateway/told.tsx";
import { Panel } from "../shell/panel.tsx";
import { store } from "../stream/event-stream.ts";
import { Instant } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { printSpan } from "../words/span.ts";
import { signalWord } from "../words/state-words.ts";
import { Advice } from "./advice.tsx";
import { joinPast, type PastEntry } from "./past.ts";

/** What is asked by itself: gaps and stalls go on without a word of the monitor. */
const everyMs = 3000;

/** What the monitor of a server says of it, asked again whenever something has changed. */
export function useExplanation(server: ServerView): Answer<ExplanationView> {
  const { state, term, assignment, runId } = server;
  const maintained = server.maintenance?.owner ?? "";
  const isHeard = store.isToldNow("monitor", server.toldBy);
  return useAnswer<ExplanationView>(`${serverApi(server)}/explain`, {
    after: [state, term, assignment, runId, maintained, isHeard].join(" "),
    // A monitor that is silent is asked again when it is heard.
    ...(isHeard && { everyMs }),
  });
}

export function WhyPanel({ answer }: { readonly answer: Answer<ExplanationView> }) {
  return (
    <Panel id="why" title="Why">
      <Told answer={answer}>{(view) => <Why explanation={view} />}</Told>
    </Panel>
  );
}

export function HistoryPanel({ answer }: { readonly answer: Answer<ExplanationView> }) {
  return (
    <Panel id="history" title="History">
      <Told answer={answer}>
        {({ server, history }) => (
          <History entries={joinPast(server, history, store.signals.value)} />
        )}
      </Told>
    </Panel>
  );
}

function Why({ explanation }: { readonly explanation: ExplanationView }) {
  const { summary, blockedBy, next, recentGapsMs, monitorLagMs, leaseHolding, advice } =
    explanation;
  return (
    <div class="stack">
      <p>{summary}</p>
      {blockedBy.length > 0 && (
        <div>
          <h3>In the way</h3>
          <ul class="lines" data-blocked>
            {blockedBy.map((each) => (
              <li key={each} class="tone-warn">
                {each}
              </li>
            ))}
          </ul>
        </div>
      )}
      {leaseHolding !== undefined && <p data-lease>{leaseHolding.text}</p>}
      <div>
        <h3>What comes next</h3>
        <ul class="lines">
          {next.map(({ event, to, signal, because }) => (
            <li key={`${event} ${to}`}>
              <strong>{to}</strong>
              {signal !== undefined && `, with the signal ${signal}`}: {because}
              <span class="explains">
                {" "}
                (<code>{event}</code>)
              </span>
            </li>
          ))}
        </ul>
      </div>
      <dl class="fact-list">
        <div>
          <dt>Last gaps between good heartbeats</dt>
          <dd>{recentGapsMs.length === 0 ? "-" : recentGapsMs.map(printSpan).join(", ")}</dd>
        </div>
        <div>
          <dt>Longest stall of the monitor itself in a minute</dt>
          <dd>{monitorLagMs === undefined ? "-" : printSpan(monitorLagMs)}</dd>
        </div>
      </dl>
      {advice !== undefined && <Advice advice={advice} />}
    </div>
  );
}

export function History({ entries }: { readonly entries: readonly PastEntry[] }) {
  if (entries.length === 0) return <p class="explains">Nothing has happened yet.</p>;
  return (
    <ol class="history">
      {entries.map((entry, index) => (
        <li key={`${entry.atMs} ${entry.text} ${index}`} data-refusal={entry.refusal || undefined}>
          <p class="explains">
            {entry.signal !== undefined && <Mark word={signalWord(entry.signal)} />}{" "}
            <Instant atMs={entry.atMs} /> · term {entry.term}
            {entry.refusal !== "" && (
              <>
                {" "}
                · refused <code>{entry.refusal}</code>
              </>
            )}
          </p>
          <p>{entry.text}</p>
          {entry.actor !== undefined && (
            <p data-actor={entry.actor.name}>
              <strong>{entry.actor.name}</strong>: {entry.actor.reason}
            </p>
          )}
          {entry.evidence !== "" && <p class="explains">{entry.evidence}</p>}
        </li>
      ))}
    </ol>
  );
}

// One signal of the timeline: what, of whom, why; and when it is opened, the decision behind it as
// the journal has it, and what came after.

import { useState } from "preact/hooks";
import type {
  EvidenceView,
  ExplanationView,
  PastDecisionView,
} from "../../src/view/explanation.ts";
import type { SignalView } from "../../src/view/signal.ts";
import { useAnswer } from "../gateway/answer.ts";
import { serverApi } from "../gateway/api.ts";
import { Told } from "../gateway/told.tsx";
import { hrefOf } from "../routing/route.ts";
import { joinPast } from "../server/past.ts";
import { History } from "../server/explanation-panels.tsx";
import { ScrollBox } from "../shell/scroll-box.tsx";
import { Instant } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { printLength, printSpan } from "../words/span.ts";
import { signalWord } from "../words/state-words.ts";

export function SignalEntry({ signal }: { readonly signal: SignalView }) {
  const [isOpen, setOpen] = useState(false);
  const { toldBy, serverId, signalId, runId, atMs, because, evidence, term, host } = signal;
  const key = `${toldBy}/${serverId}`;
  return (
    <li class="signal" data-signal={signalId} data-server={serverId} data-word={signal.signal}>
      <p class="signal-line">
        <Mark word={signalWord(signal.signal)} />{" "}
        <a class="id" href={hrefOf("server", key)}>
          {serverId}
        </a>{" "}
        <span>{because}</span>
      </p>
      <p class="explains">
        <Instant atMs={atMs} /> · term {term} · signal {signalId} of {toldBy}
        {host !== "" && ` · host ${host}`}
        {runId !== "" && (
          <>
            {" "}
            · <a href={hrefOf("server", key, { run: runId })}>its run</a>
          </>
        )}
      </p>
      {evidence !== "" && <p>{evidence}</p>}
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>The decision</summary>
        {isOpen && <Decision signal={signal} />}
      </details>
    </li>
  );
}

function Decision({ signal }: { readonly signal: SignalView }) {
  const path = `${serverApi(signal)}/explain?signal=${encodeURIComponent(signal.signalId)}`;
  const answer = useAnswer<ExplanationView>(path);
  return (
    <Told answer={answer}>
      {({ past }) =>
        past === undefined ? (
          <p class="explains">The monitor tells no more about it.</p>
        ) : (
          <Past past={past} />
        )
      }
    </Told>
  );
}

function Past({ past }: { readonly past: PastDecisionView }) {
  const { signal, rule, evidence, history, nextSignal } = past;
  return (
    <div class="stack" data-decision>
      {rule !== undefined && (
        <p>
          Rule: <code>{rule.event}</code>
          {rule.from !== undefined && ` in ${rule.from}`} makes it {rule.to}. {rule.because}
        </p>
      )}
      {evidence !== undefined && <Evidence evidence={evidence} />}
      <ScrollBox label="Signal document">
        <pre>{signal.document}</pre>
      </ScrollBox>
      {history.length > 0 && (
        <div>
          <p>
            <strong>What came next</strong>
          </p>
          <History entries={joinPast(signal, history, [])} />
        </div>
      )}
      <p class="explains">
        {nextSignal === undefined ? (
          "No signal of this server has followed."
        ) : (
          <>
            Until the signal {nextSignal.signal} at <Instant atMs={nextSignal.atMs} />.
          </>
        )}
      </p>
    </div>
  );
}

function Evidence({ evidence }: { readonly evidence: EvidenceView }) {
  const { sinceGoodMs, gapsMs, monitorLagMs, notGoodBecause, thresholdMs, goodHeartbeats } =
    evidence;
  const rows: readonly (readonly [string, string])[] = [
    [
      "Since the last good heartbeat",
      sinceGoodMs === undefined ? "none was heard" : printSpan(sinceGoodMs),
    ],
    ["Gaps before it", gapsMs.length === 0 ? "-" : gapsMs.map(printSpan).join(", ")],
    [
      "Longest stall of the monitor itself",
      monitorLagMs === undefined ? "-" : printSpan(monitorLagMs),
    ],
    ["Threshold", thresholdMs === undefined ? "-" : printLength(thresholdMs)],
    ["Good heartbeats before", String(goodHeartbeats)],
    ...(notGoodBecause === "" ? [] : [["The last one did not count", notGoodBecause] as const]),
  ];
  return (
    <dl class="fact-list">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

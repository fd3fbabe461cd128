// The facts that decide who runs the channels: assignment, term, lease, holder, and whether a
// takeover would work.

import { viewKeys } from "../../src/view/event.ts";
import type { ReadinessView, ServerView } from "../../src/view/server.ts";
import { store } from "../stream/event-stream.ts";
import { tick } from "../stream/page-clock.ts";
import { silenceMs } from "../stream/silence.ts";
import { Mark, type Word } from "../words/mark.tsx";
import { printSpan } from "../words/span.ts";
import { assignmentText } from "../words/state-words.ts";
import { printRun } from "./run-text.ts";
import { troublesOf } from "./all-troubles.ts";

export function ServerFacts({ server }: { readonly server: ServerView }) {
  const { assignment, term, holder } = server;
  return (
    <>
      <dl class="facts">
        <Fact name="The channels belong to">{assignmentText(assignment)}</Fact>
        <Fact name="Term">{term}</Fact>
        <Fact name="Lease">
          <LeaseText server={server} />
        </Fact>
        <Fact name="Holder">
          {holder === "" ? "not known" : <span title={holder}>{shortHolder(server)}</span>}
        </Fact>
        <Fact name="A takeover now">
          <Takeover server={server} />
        </Fact>
        <Fact name="Run">
          <RunText server={server} />
        </Fact>
      </dl>
      <Waits server={server} />
    </>
  );
}

function Fact(props: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** The boot of a kernel is enough to tell two machines apart by eye. */
function shortHolder({ holder, host }: ServerView): string {
  const machine = `machine ${holder.slice(0, 8)}…`;
  return host === "" ? machine : `${host}, ${machine}`;
}

function LeaseText({ server }: { readonly server: ServerView }) {
  const { lease, protection, heardAtMs, thresholdMs } = server;
  if (protection === "NONE") return <>no protection</>;
  switch (lease.kind) {
    case "held": {
      const leftMs = lease.timeLeftMs - store.ageMs(heardAtMs, tick.value);
      if (leftMs > 0) return <>held, {printSpan(leftMs)} left</>;
      const pulse = store.pulses.of(viewKeys.servers(server)).value;
      const ageMs = pulse === undefined ? 0 : store.ageMs(pulse.heardAtMs, tick.value);
      const isRenewed = pulse !== undefined && silenceMs(pulse, ageMs) < thresholdMs;
      return <>{isRenewed ? "held, renewed" : "over"}</>;
    }
    case "ended":
      return <span title={lease.because}>ended, of term {lease.term}</span>;
    case "override":
      return <strong class="tone-bad">OVERRIDE by {lease.by}</strong>;
    case "none":
    case "unprotected":
      return <>none</>;
    case "unknown":
      return <>not known</>;
  }
}

const works: Word = { text: "would work", tone: "good", shape: "disc" };
const fails: Word = { text: "WOULD FAIL", tone: "warn", shape: "triangle" };
const maintained: Word = { text: "none in maintenance", tone: "quiet", shape: "ring" };
const unchecked: Word = { text: "not checked", tone: "quiet", shape: "ring" };

function Takeover({ server }: { readonly server: ServerView }) {
  if (server.assignment === "BACKUP") return <>has happened</>;
  const { readiness, maintenance } = server;
  return <Mark word={maintenance === undefined ? takeoverWord(readiness) : maintained} />;
}

function takeoverWord(readiness: ReadinessView | undefined): Word {
  if (readiness?.checkedAtMs === undefined) return unchecked;
  return readiness.isReady ? works : fails;
}

function RunText({ server }: { readonly server: ServerView }) {
  const run = store.runs.of(viewKeys.servers(server)).value;
  return <>{run === undefined ? "none yet" : printRun(run)}</>;
}

// What is also at the top of the page, here beside its server: a picture is looked at alone.
function Waits({ server }: { readonly server: ServerView }) {
  const troubles = troublesOf(viewKeys.servers(server)).value;
  const lines = troubles.filter(({ text }) => !/^(?:DEAD|CLOSED|UNKNOWN|WAITING)/.test(text));
  if (lines.length === 0) return null;
  return (
    <ul class="waits">
      {lines.map(({ text, severity }) => (
        <li key={text} class={`is-${severity}`}>
          {text}
        </li>
      ))}
    </ul>
  );
}

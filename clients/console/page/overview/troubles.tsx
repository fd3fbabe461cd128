// What needs somebody, at the top of the overview: each trouble in one line, the worst first.

import { useSignal } from "@preact/signals";
import { contact } from "../stream/contact.ts";
import { store } from "../stream/event-stream.ts";
import { tick } from "../stream/page-clock.ts";
import { shownServers } from "../stream/shown.ts";
import { Shape, type ShapeName } from "../words/shape.tsx";
import { printSpan } from "../words/span.ts";
import { allTroubles } from "./all-troubles.ts";
import { wellText } from "./well-text.ts";
import { sayTogether, type Severity, type Trouble } from "./trouble.ts";

/** What is read at a glance; the rest is one key away. */
const linesMax = 6;

const looks: Readonly<Record<Severity, { shape: ShapeName; tone: string; says: string }>> = {
  bad: { shape: "cross", tone: "bad", says: "Act now" },
  warn: { shape: "triangle", tone: "warn", says: "Look at it" },
  note: { shape: "ring", tone: "quiet", says: "For your information" },
};

export function Troubles() {
  const isOpen = useSignal(false);
  const troubles = sayTogether(allTroubles.value);
  const shown = isOpen.value ? troubles : troubles.slice(0, linesMax);
  const more = troubles.length - linesMax;
  return (
    <section class="panel troubles" aria-labelledby="troubles">
      <h2 id="troubles" class="unseen">
        What needs you
      </h2>
      {troubles.length === 0 && <AllWell />}
      <ul>
        {shown.map((trouble) => (
          <TroubleLine key={`${trouble.serverId} ${trouble.text}`} trouble={trouble} />
        ))}
      </ul>
      {more > 0 && (
        <button
          type="button"
          class="plain more"
          aria-expanded={isOpen.value}
          onClick={() => (isOpen.value = !isOpen.value)}
        >
          {isOpen.value ? "Show the worst only" : `Show ${more} more`}
        </button>
      )}
    </section>
  );
}

function TroubleLine({ trouble }: { readonly trouble: Trouble }) {
  const { severity, serverId, text, silentSinceMs } = trouble;
  const { shape, tone, says } = looks[severity];
  return (
    <li class={`trouble is-${severity}`} data-trouble={severity}>
      <span class={`tone-${tone}`}>
        <Shape name={shape} />
        <span class="unseen">{says}: </span>
      </span>
      <span class="subject">{serverId}</span>
      <span class="text">
        {text}
        {silentSinceMs !== undefined && <SilentFor heardAtMs={silentSinceMs} />}
      </span>
    </li>
  );
}

function SilentFor({ heardAtMs }: { readonly heardAtMs: number }) {
  return (
    <span class="explains">, last heard {printSpan(store.ageMs(heardAtMs, tick.value))} ago</span>
  );
}

function AllWell() {
  const isLost = contact.value === "lost";
  return (
    <p class="well">
      <span class={isLost ? "tone-quiet" : "tone-good"}>
        <Shape name={isLost ? "diamond" : "disc"} />
      </span>
      {isLost ? "What needs you now is not known." : wellText(shownServers.value)}
    </p>
  );
}

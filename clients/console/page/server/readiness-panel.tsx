// Whether a takeover would work now, and what it would fail of.

import type { ServerView } from "../../src/view/server.ts";
import { Panel } from "../shell/panel.tsx";
import { Instant } from "../words/as-of.tsx";
import { Mark, type Word } from "../words/mark.tsx";

const happened: Word = { text: "HAS HAPPENED", tone: "quiet", shape: "ring" };
const ready: Word = { text: "READY", tone: "good", shape: "disc" };
const notReady: Word = { text: "NOT READY", tone: "warn", shape: "triangle" };
const notChecked: Word = { text: "NOT CHECKED YET", tone: "unknown", shape: "diamond" };

export function ReadinessPanel({ server }: { readonly server: ServerView }) {
  const { readiness, assignment } = server;
  if (readiness === undefined) return null;
  const { isReady, problems, problemsOmitted, checkedAtMs } = readiness;
  const isTaken = assignment === "BACKUP";
  const found = isReady ? ready : checkedAtMs === undefined ? notChecked : notReady;
  const word = isReady && isTaken ? happened : found;
  return (
    <Panel id="readiness" title="A takeover now" aside={<Mark word={word} />}>
      {server.maintenance !== undefined && <p>In maintenance nobody takes over.</p>}
      {isTaken && <p>The backup has the channels. This is about starting them there again.</p>}
      {isReady && (
        <p>Nothing was found that would keep the backup from {isTaken ? "it" : "taking over"}.</p>
      )}
      {problems.length > 0 && (
        <ul class="lines">
          {problems.map(({ subject, reason, text, sinceAtMs }) => (
            <li key={`${subject} ${reason}`} data-reason={reason}>
              <strong>{subject}</strong>: {text}
              <span class="explains">
                {" "}
                {reason}, since <Instant atMs={sinceAtMs} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {problemsOmitted > 0 && <p>… and {problemsOmitted} more.</p>}
      <p class="explains">
        Looked at last: <Instant atMs={checkedAtMs} />
      </p>
    </Panel>
  );
}

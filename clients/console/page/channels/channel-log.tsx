// The output of a channel as it comes. It follows the newest line until somebody pauses it or
// scrolls up; then it stands still, and says how many lines have come since.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { isoInstant, printTime } from "../words/instant.ts";
import type { KeptLine, LogBuffer } from "./log-buffer.ts";
import { openLogStream } from "./log-stream.ts";

/** As near to the end as counts as the end. */
const endPx = 24;

export function ChannelLog({ server, name }: ChannelLogProps) {
  const stream = useMemo(() => openLogStream(server, name), [server, name]);
  useEffect(() => () => stream.close(), [stream]);
  const [held, setHeld] = useState<LogBuffer>();
  const frame = useRef<HTMLDivElement>(null);
  const newest = stream.buffer.value;
  const shown = held ?? newest;
  useEffect(() => {
    if (held === undefined) frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [held, shown]);
  const onScroll = () => {
    const at = frame.current;
    if (at === null || held !== undefined) return;
    if (at.scrollHeight - at.scrollTop - at.clientHeight > endPx) setHeld(newest);
  };
  const behind = newest.count - shown.count;
  return (
    <section aria-labelledby="log">
      <div class="row">
        <h3 id="log">Output</h3>
        <button
          type="button"
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held === undefined ? newest : undefined)}
        >
          {held === undefined ? "Pause" : "Follow"}
        </button>
        <span class="explains" role="status">
          {!stream.isOpen.value && "Not connected. "}
          {held !== undefined && `Paused, ${behind} lines since. `}
          {shown.dropped > 0 && `${shown.dropped} older lines are not kept here.`}
        </span>
      </div>
      <div
        class="log"
        ref={frame}
        tabIndex={0}
        role="region"
        aria-label={`Output of ${name}`}
        onScroll={onScroll}
        data-lines={shown.count}
      >
        {shown.lines.length === 0 ? (
          <p class="explains">No output yet.</p>
        ) : (
          shown.lines.map((line) => <Line key={line.number} line={line} />)
        )}
      </div>
    </section>
  );
}

interface ChannelLogProps {
  readonly server: string;
  readonly name: string;
}

function Line({ line: { atMs, source, text } }: { readonly line: KeptLine }) {
  return (
    <p class={`log-line log-${source}`} data-source={source}>
      <time dateTime={isoInstant(atMs)}>{printTime(atMs)}</time>{" "}
      <span class="log-source">{source === "stdout" ? "" : `${source} `}</span>
      {text}
    </p>
  );
}

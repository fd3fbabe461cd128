// The output of a channel as it comes. It follows the newest line until somebody pauses it or
// scrolls up; then it stands still, and says how many lines have come since.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { isoInstant, printTime } from "../words/instant.ts";
import type { KeptLine, LogBuffer } from "./log-buffer.ts";
import { openLogStream } from "./log-stream.ts";

/** As near to the end as counts as the end. */
const endPx = 24;

export function ChannelLog({ server, name }: ChannelLogProps) {
  const stream = useMemo(() => openLogStream(server, name), [server, name]);
  useEffect(() => () => stream.close(), [stream]);
  const [held, setHeld] = useState<LogBuffer>();
  const newest = stream.buffer.value;
  const shown = held ?? newest;
  const isHeld = held !== undefined;
  return (
    <section aria-labelledby="log">
      <div class="row">
        <h3 id="log">Output</h3>
        <button
          type="button"
          aria-pressed={isHeld}
          onClick={() => setHeld(isHeld ? undefined : newest)}
        >
          {isHeld ? "Follow" : "Pause"}
        </button>
        <output class="explains">
          {!stream.isOpen.value && "Not connected. "}
          {isHeld && `Paused, ${newest.count - shown.count} lines since. `}
          {shown.dropped > 0 && `${shown.dropped} older lines are not kept here.`}
        </output>
      </div>
      <Lines name={name} shown={shown} isHeld={isHeld} onScrollUp={() => setHeld(newest)} />
    </section>
  );
}

interface ChannelLogProps {
  readonly server: string;
  readonly name: string;
}

function Lines({ name, shown, isHeld, onScrollUp }: LinesProps) {
  const frame = useRef<HTMLElement>(null);
  // Before it is seen: a line that were drawn above the end would look like scrolling up.
  useLayoutEffect(() => {
    if (!isHeld) frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [isHeld, shown]);
  const onScroll = () => {
    const at = frame.current;
    if (at === null || isHeld) return;
    if (at.scrollHeight - at.scrollTop - at.clientHeight > endPx) onScrollUp();
  };
  return (
    <section
      class="log"
      ref={frame}
      tabIndex={0}
      aria-label={`Output of ${name}`}
      onScroll={onScroll}
      data-lines={shown.count}
    >
      {shown.lines.length === 0 ? (
        <p class="explains">No output yet.</p>
      ) : (
        shown.lines.map((line) => <Line key={line.number} line={line} />)
      )}
    </section>
  );
}

interface LinesProps {
  readonly name: string;
  readonly shown: LogBuffer;
  readonly isHeld: boolean;
  readonly onScrollUp: () => void;
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

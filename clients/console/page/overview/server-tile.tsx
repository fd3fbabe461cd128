// One server of many: its state, who has the channels, the worst of its troubles, and how long ago
// it was heard as a bar.

import { useEffect, useRef } from "preact/hooks";
import { hrefOf } from "../routing/route.ts";
import { store } from "../stream/event-stream.ts";
import { onFrames } from "../stream/frames.ts";
import { shownServer } from "../stream/shown.ts";
import { Mark } from "../words/mark.tsx";
import { stateWord } from "../words/state-words.ts";
import { troublesOf } from "./all-troubles.ts";
import { thresholdLeft } from "./threshold-left.ts";

/** A bar of a few pixels that moves more often moves no better. */
const barEveryMs = 250;

interface TileProps {
  readonly name: string;
  /** Whether Tab leads here. */
  readonly isStop: boolean;
  readonly onFocus: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

export function ServerTile({ name, isStop, ...on }: TileProps) {
  const server = shownServer(name).value;
  if (server === undefined) return null;
  const [worst] = troublesOf(name).value;
  const isToldNow = store.isToldNow("monitor", server.toldBy);
  const has = { PRIMARY: "primary", BACKUP: "backup", NOBODY: "nobody" }[server.assignment];
  return (
    <li class={`tile is-${worst?.severity ?? "well"}`} data-server={server.serverId}>
      <a href={hrefOf("server", server.serverId)} tabIndex={isStop ? 0 : -1} {...on}>
        <span class="subject">{server.serverId}</span>
        <Mark word={stateWord(server, isToldNow)} />
        <span class="explains">on {has}</span>
        <Bar name={name} thresholdMs={server.thresholdMs} />
        {worst !== undefined && <span class="worst">{besides(worst.text, server.state)}</span>}
      </a>
    </li>
  );
}

// The state is said above it.
function besides(text: string, state: string): string {
  return text.startsWith(`${state}: `) ? text.slice(state.length + 2) : text;
}

function Bar({ name, thresholdMs }: { readonly name: string; readonly thresholdMs: number }) {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = bar.current;
    if (element === null) return undefined;
    // A tile that is not on the screen is not painted.
    let stop: (() => void) | undefined;
    const paint = (pageMs: number) => {
      const pulse = store.pulses.of(name).peek();
      const ageMs = pulse === undefined ? 0 : store.ageMs(pulse.heardAtMs, pageMs);
      const { share } = thresholdLeft(pulse, { ageMs, thresholdMs });
      element.style.transform = `scaleX(${share.toFixed(2)})`;
    };
    const seen = new IntersectionObserver(([entry]) => {
      stop?.();
      stop = entry?.isIntersecting === true ? onFrames(paint, barEveryMs) : undefined;
    });
    seen.observe(element);
    return () => {
      seen.disconnect();
      stop?.();
    };
  }, [name, thresholdMs]);
  return (
    <span class="bar" aria-hidden="true">
      <i ref={bar} />
    </span>
  );
}

// When something held: an instant of the clock of whoever told it, and how long ago that is now, by
// the gateway's own count. A source that is heard tells every change, so what it told last still
// holds; what a silent source has told is said to be old.

import { store } from "../stream/event-stream.ts";
import { tick } from "../stream/page-clock.ts";
import type { Heard, ServiceWord } from "../../src/view/source.ts";
import { isoInstant, printInstant } from "./instant.ts";
import { printSpan } from "./span.ts";

export function AsOf({ view, service }: AsOfProps) {
  const ageMs = store.ageMs(view.heardAtMs, tick.value);
  const isToldNow = store.isToldNow(service, view.toldBy);
  return (
    <span class="as-of">
      {isToldNow ? (
        <>
          as of <Instant atMs={view.asOfMs + ageMs} />
        </>
      ) : (
        <strong>
          {printSpan(ageMs)} old: {service} on {view.toldBy} is silent; it was told at{" "}
          <Instant atMs={view.asOfMs} />
        </strong>
      )}
    </span>
  );
}

export function Instant({ atMs }: { readonly atMs: number | undefined }) {
  if (atMs === undefined) return <>never</>;
  return <time dateTime={isoInstant(atMs)}>{printInstant(atMs)}</time>;
}

interface AsOfProps {
  readonly view: Heard & { readonly asOfMs: number };
  readonly service: ServiceWord;
}

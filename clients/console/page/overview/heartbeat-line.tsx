// The heartbeats between a server and its monitor: a dot for each that arrived, their rate and
// round trip, and the threshold that empties between them.

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { PulseView } from "../../src/view/pulse.ts";
import type { ServerView } from "../../src/view/server.ts";
import { contact } from "../stream/contact.ts";
import { store } from "../stream/event-stream.ts";
import { onFrames } from "../stream/frames.ts";
import { Shape } from "../words/shape.tsx";
import { printLength, printRoundTrip } from "../words/span.ts";
import { createHeartRate } from "./heart-rate.ts";
import { Sparkline, valuesMax } from "./sparkline.tsx";
import { printSilence, thresholdLeft } from "./threshold-left.ts";

/** As many as can be told apart; a faster server shows these. */
const dotsMax = 6;

const travelMs = 700;

/** Smooth enough for a bar of a second, and a third of what every frame would cost. */
const barEveryMs = 50;

/** Text that changes more often cannot be read. */
const textEveryMs = 200;

interface LineProps {
  readonly name: string;
  readonly server: ServerView;
}

export function HeartbeatLine({ name, server }: LineProps) {
  const isHeard = server.state === "LIVE" && store.isToldNow("monitor", server.toldBy);
  return (
    <section
      class={`line${isHeard ? "" : " is-broken"}`}
      aria-label={`Heartbeats of ${server.serverId}`}
    >
      <p class="ends">
        <span>
          every <Interval name={name} />
        </span>
        <span>monitor on {server.toldBy}</span>
      </p>
      <Track name={name} isHeard={isHeard} />
      <Threshold name={name} server={server} />
      <Figures name={name} isHeard={isHeard} />
    </section>
  );
}

function Track({ name, isHeard }: { readonly name: string; readonly isHeard: boolean }) {
  const track = useRef<HTMLDivElement>(null);
  const rate = useRef(createHeartRate());
  const next = useRef(0);
  useSignalEffect(() => {
    const pulse = store.pulses.of(name).value;
    if (pulse === undefined) return;
    const fresh = Math.min(dotsMax, rate.current.hear(pulse));
    for (let index = 0; index < fresh; index += 1) {
      const dot = track.current?.children.item(next.current % dotsMax);
      next.current += 1;
      // Those that were told together have come one after the other.
      if (dot !== null && dot !== undefined) travel(dot, (index * (pulse.intervalMs ?? 0)) / 2);
    }
  });
  return (
    <div class="track" ref={track} aria-hidden="true">
      {Array.from({ length: dotsMax }, (_, index) => (
        <i key={index} />
      ))}
      {!isHeard && <Shape name="cross" />}
    </div>
  );
}

// A dot is as wide as its track, so that its own width is its way.
function travel(dot: Element, delayMs: number): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const way = [
    { transform: "translateX(0)", opacity: 1 },
    { transform: "translateX(100%)", opacity: 1 },
  ];
  dot.animate(way, { duration: travelMs, delay: delayMs, easing: "linear" });
}

function Threshold({ name, server: { thresholdMs } }: LineProps) {
  const fill = useRef<HTMLElement>(null);
  const says = useRef<HTMLElement>(null);
  useEffect(() => {
    const stopBar = onFrames((pageMs) => {
      const left = leftNow(name, thresholdMs, pageMs);
      if (fill.current !== null) fill.current.style.transform = `scaleX(${left.share})`;
    }, barEveryMs);
    const stopText = onFrames((pageMs) => {
      const left = leftNow(name, thresholdMs, pageMs);
      const text = contact.peek() === "open" ? printSilence(left) : "not known";
      if (says.current !== null) says.current.textContent = text;
    }, textEveryMs);
    return () => {
      stopBar();
      stopText();
    };
  }, [name, thresholdMs]);
  return (
    <div class="threshold">
      <div class="bar" aria-hidden="true">
        <i ref={fill} />
      </div>
      <p>
        <span ref={says}>…</span>
        <span class="explains">threshold {printLength(thresholdMs)}</span>
      </p>
    </div>
  );
}

function leftNow(name: string, thresholdMs: number, pageMs: number) {
  const pulse = store.pulses.of(name).peek();
  const ageMs = pulse === undefined ? 0 : store.ageMs(pulse.heardAtMs, pageMs);
  return thresholdLeft(pulse, { ageMs, thresholdMs });
}

function Figures({ name, isHeard }: { readonly name: string; readonly isHeard: boolean }) {
  const rate = useRef(createHeartRate());
  const perSecond = useSignal<number | undefined>(undefined);
  const trips = useSignal<readonly number[]>([]);
  useSignalEffect(() => {
    const pulse = store.pulses.of(name).value;
    if (pulse === undefined) return;
    rate.current.hear(pulse);
    perSecond.value = rate.current.perSecond(pulse.heardAtMs);
    const { roundTripMs } = pulse;
    if (roundTripMs !== undefined) trips.value = [...trips.peek(), roundTripMs].slice(-valuesMax);
  });
  const pulse = store.pulses.of(name).value;
  return (
    <>
      <dl class="figures">
        <div>
          <dt>Heartbeats</dt>
          <dd>{isHeard ? printRate(perSecond.value) : "none"}</dd>
        </div>
        <div>
          <dt>Round trip</dt>
          <dd>{isHeard ? printTrip(pulse) : "none"}</dd>
        </div>
      </dl>
      {trips.value.length > 1 && <Sparkline values={trips.value} />}
    </>
  );
}

function printRate(perSecond: number | undefined): string {
  return perSecond === undefined ? "counting" : `${perSecond.toFixed(1)}/s`;
}

function printTrip(pulse: PulseView | undefined): string {
  return pulse?.roundTripMs === undefined ? "not told" : printRoundTrip(pulse.roundTripMs);
}

function Interval({ name }: { readonly name: string }) {
  const intervalMs = store.pulses.of(name).value?.intervalMs;
  return <>{intervalMs === undefined ? "…" : printLength(intervalMs)}</>;
}

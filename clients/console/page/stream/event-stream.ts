// The one stream of events from the gateway to this page: opened, read, and opened again when it
// ends or falls silent.

import type { ConsoleEvent } from "../../src/view/event.ts";
import { readJson } from "../gateway/convert.ts";
import { contact, hearGateway } from "./contact.ts";
import { nowMs } from "./page-clock.ts";
import { createStore } from "./store.ts";

export const store = createStore();

const firstPauseMs = 250;
const pauseMaxMs = 4000;

/** A stream without a word for this long is given up: what is between may swallow it. */
const silenceMaxMs = 5000;

/** Begins to listen. `onRefused` is called when the gateway gives no stream: who asks may know. */
export function openEventStream(onRefused: () => void): void {
  let pauseMs = firstPauseMs;
  let source: EventSource | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const again = () => {
    // A stream ends once, by its own word or by silence.
    if (source === undefined) return;
    source.close();
    source = undefined;
    clearTimeout(silence);
    setTimeout(open, pauseMs);
    pauseMs = Math.min(pauseMaxMs, 2 * pauseMs);
    onRefused();
  };
  const open = () => {
    source = new EventSource("api/events");
    silence = setTimeout(again, silenceMaxMs);
    source.addEventListener("error", again, { once: true });
    source.addEventListener("message", ({ data }: MessageEvent<string>) => {
      clearTimeout(silence);
      silence = setTimeout(again, silenceMaxMs);
      pauseMs = firstPauseMs;
      take(readJson<ConsoleEvent>(data));
    });
  };
  // Nobody waits for a pause who comes back to a page that was asleep.
  addEventListener("online", () => contact.value === "lost" && again());
  open();
}

function take(event: ConsoleEvent): void {
  const arrivedMs = nowMs();
  store.take(event, arrivedMs);
  hearGateway();
}

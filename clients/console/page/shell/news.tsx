// Signals as they come, read out by screen readers; nothing of it is drawn.

import { store } from "../stream/event-stream.ts";

/** Several at once are one piece of news. */
const readMax = 3;

export function News() {
  const newest = store.signals.value.slice(0, readMax);
  return (
    <div class="unseen" role="log" aria-live="polite" aria-label="News">
      {newest.toReversed().map(({ toldBy, signalId, serverId, signal, because }) => (
        <p key={`${toldBy}/${signalId}`}>
          {signal}: {serverId}. {because}
        </p>
      ))}
    </div>
  );
}

// What has happened to a server, as one list: signals, as their monitor gives them at once, and the
// changes, wishes and refusals that its history keeps.

import type { HistoryView } from "../../src/view/explanation.ts";
import type { ServerView } from "../../src/view/server.ts";
import type { SignalView, SignalWord } from "../../src/view/signal.ts";

/** One line of the past. */
export interface PastEntry extends HistoryView {
  /** Undefined: no signal. */
  readonly signal: SignalWord | undefined;
}

/** As many as the history keeps. */
const entriesMax = 30;

/** Newest first. */
export function joinPast(
  server: Pick<ServerView, "toldBy" | "serverId">,
  history: readonly HistoryView[],
  signals: readonly SignalView[],
): readonly PastEntry[] {
  const own = signals.filter(
    ({ toldBy, serverId }) => toldBy === server.toldBy && serverId === server.serverId,
  );
  const entries: readonly PastEntry[] = [
    ...own.map(({ atMs, because, term, evidence, signal }) => {
      return { atMs, text: because, actor: undefined, term, evidence, refusal: "", signal };
    }),
    ...history.map((each) => ({ ...each, signal: undefined })),
  ];
  return entries.toSorted((a, b) => b.atMs - a.atMs).slice(0, entriesMax);
}

// What may be said when no trouble is known: no more than was looked at.

import type { ServerView } from "../../src/view/server.ts";

export function wellText(servers: readonly ServerView[]): string {
  const { length } = servers;
  if (length === 0) return "Nothing needs you: no server is watched.";
  const whom = length === 1 ? "the watched server" : `all ${length} watched servers`;
  const answer = `Nothing needs you: ${whom} and every service behind this page answer`;
  const isChecked = servers.every(
    ({ readiness }) => readiness?.isReady === true && readiness.checkedAtMs !== undefined,
  );
  return isChecked
    ? `${answer}, and nothing was found that would keep a takeover from working.`
    : `${answer}.`;
}

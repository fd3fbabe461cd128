// What people were told of one server's readiness, as the journal keeps it, and in words: so that a
// monitor that starts again neither repeats itself nor forgets what it owes.

import type { EmailValues } from "./email-values.ts";
import type { ToldProblem } from "./readiness-memory.ts";
import { keyOf } from "./standby-readiness.ts";

export interface ToldReadiness {
  readonly serverId: string;
  /** What was wrong when it was told. */
  readonly problems: readonly ToldProblem[];
  /** What had been told before, and was over. */
  readonly over: readonly ToldProblem[];
  readonly wallMs: number;
  /** Number of the mail that tells it; rises with every one of this journal. */
  readonly mail: bigint;
  /** The notify service has not taken it yet. */
  readonly isMailDue: boolean;
}

/** Problems that one line of history names. */
const namedMax = 5;

/** Servers, and problems of each, that one mail lists. */
const serversMax = 50;
const problemsMax = 20;

/** What changed, as a line of history. */
export function readinessLine({ problems, over }: ToldReadiness): string {
  if (problems.length > 0) return `A takeover would fail: ${name(problems)}`;
  return `A takeover would succeed again, as far as can be seen; over: ${name(over)}`;
}

/** The problems in their words, for people. */
export function readinessEvidence({ problems }: ToldReadiness): string {
  return problems
    .slice(0, problemsMax)
    .map((each) => `${keyOf(each)}: ${each.text}`)
    .join("\n");
}

/** The values of the template "readiness". `told`: what one mail tells, at least one server. */
export function readinessValues(
  told: readonly ToldReadiness[],
  given: { group: string; monitor: string },
): EmailValues {
  return {
    servers: told.slice(0, serversMax).map(({ serverId, problems, over }) => ({
      server: serverId,
      problems: problems.slice(0, problemsMax).map(problemValues),
      omitted: Math.max(0, problems.length - problemsMax),
      over: over.slice(0, problemsMax).map(problemValues),
    })),
    omittedServers: Math.max(0, told.length - serversMax),
    time: new Date(told[0]?.wallMs ?? 0).toISOString(),
    ...given,
  };
}

function problemValues({ subject, reason, text, sinceWallMs }: ToldProblem): EmailValues {
  return { subject, reason, text, since: new Date(sinceWallMs).toISOString() };
}

function name(problems: readonly ToldProblem[]): string {
  const named = problems.slice(0, namedMax).map(keyOf);
  const left = problems.length - named.length;
  return [...named, ...(left > 0 ? [`and ${left} more`] : [])].join(", ");
}

// What an operator must not miss, each in one line, the worst first. A trouble is a fact that
// somebody has told, or that somebody is silent; nothing is guessed.

import type { ChannelView } from "../../src/view/channel.ts";
import type { HeartbeatView } from "../../src/view/pulse.ts";
import type { RunView } from "../../src/view/run.ts";
import type { ServerView } from "../../src/view/server.ts";
import { type ServiceWord, type SourceView } from "../../src/view/source.ts";
import { printInstant } from "../words/instant.ts";
import { printLength } from "../words/span.ts";

/**
 * "bad": act now. "warn": a failover would not go well, or waits. "note": somebody wanted it so.
 */
export type Severity = "bad" | "warn" | "note";

export interface Trouble {
  readonly severity: Severity;
  /** The server it is about. */
  readonly serverId: string;
  /** Begins with a word in capitals where there is one, so that the eye finds it. */
  readonly text: string;
  /** When the gateway heard last of what is silent. Undefined: the text says all. */
  readonly silentSinceMs?: number | undefined;
}

const order: readonly Severity[] = ["bad", "warn", "note"];

/** What troubles are read from. */
export interface TroubleSources {
  readonly isToldNow: (service: ServiceWord, server: string) => boolean;
  readonly toldAtMs: (service: ServiceWord, server: string) => number | undefined;
  readonly run: RunView | undefined;
}

/** Everything about one server, as its monitor tells it. */
export function serverTroubles(server: ServerView, from: TroubleSources): readonly Trouble[] {
  const { serverId, toldBy } = server;
  if (!from.isToldNow("monitor", toldBy)) {
    const text = `UNKNOWN: its monitor on ${toldBy} is silent; it was ${server.state}`;
    return [{ severity: "bad", serverId, text, silentSinceMs: from.toldAtMs("monitor", toldBy) }];
  }
  const lines: readonly (readonly [Severity, string])[] = [
    ...overrideLines(server),
    ...stateLines(server),
    ...runLines(from.run),
    ...readinessLines(server),
    ...targetLines(server),
    ...wantedLines(server),
  ];
  return lines.map(([severity, text]) => ({ severity, serverId, text }));
}

/** Services that do not answer the gateway. */
export function sourceTroubles(sources: readonly SourceView[]): readonly Trouble[] {
  return sources
    .filter(({ isUp }) => !isUp)
    .map(({ service, server, address, problem, heardAtMs, sinceMs }) => ({
      severity: service === "heartbeat" ? "warn" : "bad",
      serverId: server,
      text: `SILENT: ${service} at ${address}${problem === undefined ? "" : `: ${problem}`}`,
      silentSinceMs: heardAtMs ?? sinceMs,
    }));
}

/** Channels that have failed, or run by the word of an operator. */
export function channelTroubles(channels: readonly ChannelView[]): readonly Trouble[] {
  return channels.flatMap((channel): Trouble[] => {
    const { toldBy: serverId, name, activity, because, override } = channel;
    const found: Trouble[] = [];
    if (override !== undefined) {
      const text = `OVERRIDE: ${name} runs by the word of ${override.name}: ${override.reason}`;
      found.push({ severity: "bad", serverId, text });
    }
    if (activity === "FAILED") {
      found.push({ severity: "bad", serverId, text: `FAILED: channel ${name}: ${because}` });
    }
    return found;
  });
}

/** Heartbeats that arrive and do not count. */
export function heartbeatTroubles(views: readonly HeartbeatView[]): readonly Trouble[] {
  return views
    .filter(({ unfitBecause }) => unfitBecause !== "")
    .map(({ serverId, unfitBecause }) => ({
      severity: "warn",
      serverId,
      text: `UNFIT: its heartbeats count as silence: ${unfitBecause}`,
    }));
}

/** The worst first; of equal ones those of one server together. */
export function worstFirst(troubles: readonly Trouble[]): readonly Trouble[] {
  return troubles.toSorted(
    (a, b) =>
      order.indexOf(a.severity) - order.indexOf(b.severity) ||
      (a.serverId < b.serverId ? -1 : a.serverId > b.serverId ? 1 : 0),
  );
}

/** From here on one line says it of all of them: a rack that loses its power is one trouble. */
const togetherMin = 3;

/** The same troubles, with those that many servers share in one line each, where the first was. */
export function sayTogether(troubles: readonly Trouble[]): readonly Trouble[] {
  const shared = Map.groupBy(troubles, ({ severity, text }) => `${severity} ${text}`);
  return [...shared.values()].flatMap((equal): readonly Trouble[] => {
    const [first] = equal;
    if (first === undefined || equal.length < togetherMin) return equal;
    const ids = equal.map(({ serverId }) => serverId).join(", ");
    return [{ ...first, serverId: `${equal.length} servers`, text: `${first.text}: ${ids}` }];
  });
}

type Lines = readonly (readonly [Severity, string])[];

function overrideLines({ lease }: ServerView): Lines {
  if (lease.kind !== "override") return [];
  const text = `OVERRIDE by ${lease.by}: ${lease.reason}; two servers may run its channels`;
  return [["bad", text]];
}

// As a switchover leaves them: a failback that is held tells of itself.
const stays = "ON THE BACKUP: its channels stay there until a failback is asked for";

function stateLines(server: ServerView): Lines {
  const { state, because, isEverHeard, assignment, failbackHold } = server;
  switch (state) {
    case "LIVE":
      if (assignment === "NOBODY") return [["warn", "NOBODY has its channels yet"]];
      return assignment === "BACKUP" && failbackHold === undefined ? [["note", stays]] : [];
    case "DEAD":
      return [["bad", `DEAD: ${because}`]];
    case "UNKNOWN":
      return [["bad", `UNKNOWN: it counts as ${server.declared}, and nobody hears it`]];
    case "WAITING":
      return [["warn", isEverHeard ? `WAITING: ${because}` : `NEVER HEARD: ${because}`]];
    case "CLOSED":
      return [["note", `CLOSED: ${because}`]];
  }
}

function runLines(run: RunView | undefined): Lines {
  if (run === undefined || run.state === "FINISHED" || run.state === "SUPERSEDED") return [];
  return run.steps
    .filter(({ state }) => state === "RETRYING" || state === "FAILED")
    .map(({ kind, subject, attempts, lastError }) => {
      return ["bad", `FAILING: ${kind} ${subject}, attempt ${attempts}: ${lastError}`] as const;
    });
}

function readinessLines({ readiness, assignment }: ServerView): Lines {
  if (readiness === undefined || readiness.isReady || assignment === "BACKUP") return [];
  return readiness.problems.map(
    ({ subject, text }) => ["warn", `A takeover would fail now: ${subject}: ${text}`] as const,
  );
}

function targetLines({ targets, assignment }: ServerView): Lines {
  return targets.flatMap(({ name, isWatched, isClean, isConfirmed, lastError }): Lines => {
    const why = lastError === "" ? "" : `: ${lastError}`;
    if (!isWatched) return [["warn", `UNKNOWN: the monitor does not hear ${name}${why}`]];
    if (assignment === "NOBODY" && !isConfirmed && !isClean) {
      return [["warn", `WAITS for ${name} to confirm that it runs nothing${why}`]];
    }
    return [];
  });
}

function wantedLines({ maintenance, failbackHold, release, recentDeaths }: ServerView): Lines {
  const lines: (readonly [Severity, string])[] = [];
  if (failbackHold !== undefined) {
    const left = failbackHold.timeLeftMs;
    const rest = left === undefined ? "" : `, ${printLength(left)} left`;
    lines.push(["warn", `FAILBACK HELD: ${failbackHold.because}${rest}`]);
  }
  if (maintenance !== undefined) {
    const { owner, reason, untilAtMs } = maintenance;
    const until = untilAtMs === undefined ? "it is cleared" : printInstant(untilAtMs);
    lines.push(["note", `MAINTENANCE by ${owner} until ${until}: ${reason}`]);
  }
  if (release !== undefined) {
    lines.push(["note", `RELEASED until ${printInstant(release.untilAtMs)}: no DEAD before that`]);
  }
  if (recentDeaths > 1) lines.push(["note", `${recentDeaths} deaths lately`]);
  return lines;
}

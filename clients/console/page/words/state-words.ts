// The words for states, and how they look. Each fact comes with whether it is told now: what was
// told by somebody who is silent now is UNKNOWN, whatever it was.

import type { Activity } from "../../src/view/channel.ts";
import type { ServerState, ServerView } from "../../src/view/server.ts";
import type { SignalWord } from "../../src/view/signal.ts";
import type { Word } from "./mark.tsx";

const states: Readonly<Record<ServerState, Word>> = {
  LIVE: { text: "LIVE", tone: "good", shape: "disc" },
  DEAD: { text: "DEAD", tone: "bad", shape: "cross" },
  WAITING: { text: "WAITING", tone: "warn", shape: "half" },
  CLOSED: { text: "CLOSED", tone: "quiet", shape: "ring" },
  UNKNOWN: { text: "UNKNOWN", tone: "unknown", shape: "diamond" },
};

const activities: Readonly<Record<Activity, Word>> = {
  STARTED: { text: "STARTED", tone: "good", shape: "play" },
  STOPPED: { text: "STOPPED", tone: "quiet", shape: "square" },
  STARTING: { text: "STARTING", tone: "warn", shape: "half" },
  STOPPING: { text: "STOPPING", tone: "warn", shape: "half" },
  RESTARTING: { text: "RESTARTING", tone: "warn", shape: "triangle" },
  FAILED: { text: "FAILED", tone: "bad", shape: "cross" },
  UNKNOWN: { text: "UNKNOWN", tone: "unknown", shape: "diamond" },
};

const signals: Readonly<Record<SignalWord, Word>> = {
  LIVE: states.LIVE,
  DEAD: states.DEAD,
  CLOSE: { text: "CLOSE", tone: "quiet", shape: "ring" },
};

const assignments: Readonly<Record<ServerView["assignment"], string>> = {
  PRIMARY: "the primary",
  BACKUP: "the backup",
  NOBODY: "nobody yet",
};

export function stateWord(server: Pick<ServerView, "state">, isToldNow: boolean): Word {
  return isToldNow ? states[server.state] : states.UNKNOWN;
}

export function assignmentText(assignment: ServerView["assignment"]): string {
  return assignments[assignment];
}

export function activityWord(activity: Activity, isToldNow: boolean): Word {
  return isToldNow ? activities[activity] : activities.UNKNOWN;
}

export function signalWord(signal: SignalWord): Word {
  return signals[signal];
}

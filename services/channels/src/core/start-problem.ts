// Why a channel could not start here now, as a value; and what the state of the service knows of
// it. What the machine knows of it is asked through the runtime.

import { type Channel, isResting } from "./channel-state.ts";
import { resolveNames } from "./orders.ts";
import type { State } from "./state.ts";

/** One reason why a start would fail now. The words are a contract: docs/operations.md. */
export interface StartProblem {
  readonly reason:
    | "NOT_DEPLOYED"
    | "NOT_PROTECTED"
    | "CHANNEL_FAILED"
    | "FOLDER_MISSING"
    | "FOLDER_CLOSED"
    | "COMMAND_NOT_FOUND"
    | "COMMAND_NOT_EXECUTABLE"
    | "INTERPRETER_MISSING"
    | "USER_UNKNOWN"
    | "USER_FORBIDDEN"
    | "PORT_IN_USE"
    | "CHECK_UNFINISHED"
    | "STORE_NOT_WRITABLE"
    | "LOGS_NOT_WRITABLE"
    | "DISK_FULL"
    | "STOPPING";
  /** In one line, for people. */
  readonly text: string;
}

/** What is asked: channels of one protecting server, or of all. */
export interface CheckAsked {
  readonly protectedBy: string | undefined;
  /** Names; a trailing * matches by prefix. Empty: all. */
  readonly names: readonly string[];
}

/** A name that is asked for, with what the state knows. */
export interface StartCheck {
  readonly name: string;
  /** Undefined: there is none that the question means. */
  readonly channel: Channel | undefined;
  readonly problems: readonly StartProblem[];
  /** Whether the machine has to be asked: what runs here has started already. */
  readonly isStart: boolean;
}

/** What the state says of every channel that is asked for, in the order of the names. */
export function checkState(state: State, { protectedBy, names }: CheckAsked): StartCheck[] {
  const asked = names.length === 0 ? ["*"] : names;
  return resolveNames(asked, state.channels, protectedBy)
    .map(({ name, refusedBecause }) => {
      const channel = state.channels.get(name);
      const isLeaving = channel?.afterStop === "leave";
      if (refusedBecause === "NOT_PROTECTED") return missing(name, notProtected(channel));
      if (channel === undefined || isLeaving) return missing(name, notDeployed);
      const problems = channel.activity === "failed" ? [failed(channel)] : [];
      return { name, channel, problems, isStart: isResting(channel) };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the state says of every start here. */
export function checkService(state: State): readonly StartProblem[] {
  if (!state.isStopping) return [];
  return [{ reason: "STOPPING", text: "The channels service is stopping: it starts nothing" }];
}

function missing(name: string, problem: StartProblem): StartCheck {
  return { name, channel: undefined, problems: [problem], isStart: false };
}

const notDeployed: StartProblem = { reason: "NOT_DEPLOYED", text: "It is not deployed here" };

function notProtected(channel: Channel | undefined): StartProblem {
  const by = channel?.definition.protectedBy;
  const whose = by === undefined ? "nobody protects it here" : `server ${by} protects it here`;
  return { reason: "NOT_PROTECTED", text: `An order would not reach it: ${whose}` };
}

function failed({ lastFailure }: Channel): StartProblem {
  const why = lastFailure === undefined ? "" : `: ${lastFailure.reason}`;
  return { reason: "CHANNEL_FAILED", text: `It was started here last and failed${why}` };
}

// CheckChannels: what the state says of the channels that are asked for, what the runtime says of
// those that would have to start, and what every start here would meet.

import { Failure } from "@hot-backup/kit/errors.ts";
import type {
  ChannelCheck,
  CheckChannelsRequest,
  CheckChannelsResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  type CheckAsked,
  checkService,
  checkState,
  type StartCheck,
  type StartProblem,
} from "../core/start-problem.ts";
import type { State } from "../core/state.ts";
import { shortDigest } from "../digest.ts";
import type { Runtime } from "../ports.ts";
import { Input } from "./input.ts";

/** Checks at once: each monitor asks one after the other, and people seldom. */
const checksMax = 8;

/** Most of a problem that is told: with a thousand channels the answer must fit one message. */
const problemTextMax = 300;

/** What a check looks at. */
export interface CheckSources {
  readonly state: () => State;
  readonly runtime: Pick<Runtime, "check">;
  /** What keeps this service from storing what a start needs. */
  readonly checkRoom: () => Promise<readonly StartProblem[]>;
  readonly wallMs: () => number;
}

/** The method, with its own count of checks under way. */
export function createCheckChannels(sources: CheckSources) {
  let underWay = 0;
  return async (request: CheckChannelsRequest): Promise<CheckChannelsResponse> => {
    const asked = readCheck(request);
    if (underWay >= checksMax) {
      throw new Failure("exhausted", {
        message: `Cannot check channels: ${checksMax} checks are under way`,
        reason: "TOO_MANY_CHECKS",
      });
    }
    underWay += 1;
    try {
      return await check(sources, asked);
    } finally {
      underWay -= 1;
    }
  };
}

async function check(sources: CheckSources, asked: CheckAsked): Promise<CheckChannelsResponse> {
  const { runtime, wallMs } = sources;
  const before = checkState(sources.state(), asked);
  const starts = before.flatMap(({ channel, isStart }) =>
    isStart && channel !== undefined ? [channel.definition] : [],
  );
  const [found, room] = await Promise.all([runtime.check(starts), sources.checkRoom()]);
  const state = sources.state();
  // What began to run meanwhile has no use for what was found: its own port is in use, for example.
  const checks = checkState(state, asked).map((each) =>
    tell(each, each.isStart ? (found.get(each.name) ?? []) : []),
  );
  const serviceProblems = [...checkService(state), ...room].map(cut);
  return { checks, serviceProblems, asOf: new Date(wallMs()) };
}

function tell(
  { name, channel, problems }: StartCheck,
  found: readonly StartProblem[],
): ChannelCheck {
  return {
    name,
    digest: channel === undefined ? "" : shortDigest(channel.digest),
    problems: [...problems, ...found].map(cut),
    protectedBy: channel?.definition.protectedBy ?? "",
  };
}

function cut({ reason, text }: StartProblem): StartProblem {
  return { reason, text: text.slice(0, problemTextMax) };
}

// No names are all names.
function readCheck(request: CheckChannelsRequest): CheckAsked {
  const input = new Input();
  const { protectedBy, names } = request;
  if (protectedBy !== "") input.serverId(protectedBy, "protected_by");
  if (names.length > 0) input.names(names, "names");
  input.done();
  return { protectedBy: protectedBy === "" ? undefined : protectedBy, names };
}

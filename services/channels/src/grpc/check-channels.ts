// CheckChannels: what the state says of the channels that are asked for, what the runtime says of
// those that would have to start, and what every start here would meet.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { Identity } from "@hot-backup/kit/identity.ts";
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

/**
 * Those of people among them: however many look, a monitor is answered, and mails nobody that its
 * target is not.
 */
const checksOfPeopleMax = 4;

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

/** The method, with its own counts of checks under way. */
export function createCheckChannels(sources: CheckSources) {
  const underWay = { all: 0, ofPeople: 0 };
  return async (
    request: CheckChannelsRequest,
    { caller }: { readonly caller: Identity | undefined },
  ): Promise<CheckChannelsResponse> => {
    const asked = readCheck(request);
    // Where nobody is told apart, everybody may be a monitor.
    const ofPeople = caller === undefined || isMonitor(caller) ? 0 : 1;
    if (underWay.all >= checksMax || underWay.ofPeople + ofPeople > checksOfPeopleMax) {
      throw new Failure("exhausted", {
        message: "Cannot check channels: as many checks as may be are under way",
        reason: "TOO_MANY_CHECKS",
      });
    }
    underWay.all += 1;
    underWay.ofPeople += ofPeople;
    try {
      return await check(sources, asked);
    } finally {
      underWay.all -= 1;
      underWay.ofPeople -= ofPeople;
    }
  };
}

function isMonitor(caller: Identity): boolean {
  return caller.kind === "service" && caller.service === "monitor";
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

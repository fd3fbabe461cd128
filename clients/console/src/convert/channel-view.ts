// Channels and their output as views. What may be a secret, the values of an environment, is left
// out here, so that no page can show it.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type {
  Channel,
  ChannelDefinition,
  ChannelFailure,
  ChannelResult,
  LogLine,
  Readiness,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type {
  ChannelDefinitionView,
  ChannelFailureView,
  ChannelResultView,
  ChannelView,
  LogLineView,
} from "../view/channel.ts";
import type { Heard } from "../view/source.ts";
import { instantMs, toldInstantMs } from "./instant.ts";
import { activationWord, activityWord } from "./words.ts";

export function toChannelView(channel: Channel, heard: Heard): ChannelView {
  const { definition, order, override } = channel;
  return {
    ...heard,
    name: definition?.name ?? "",
    protectedBy: definition?.protectedBy ?? "",
    activity: activityWord(channel.activity),
    activation: activationWord(channel.activation),
    term: order === undefined ? "" : String(order.term),
    because: channel.because,
    restarts: channel.restarts,
    pid: channel.pid,
    changedAtMs: instantMs(channel.changedAt),
    asOfMs: toldInstantMs(channel.asOf),
    digest: channel.digest,
    lastFailure: channel.lastFailure && toFailure(channel.lastFailure),
    override: override && {
      name: override.actor?.name ?? "",
      reason: override.actor?.reason ?? "",
      sinceAtMs: instantMs(override.since),
    },
    definition: toDefinition(definition),
  };
}

function toFailure({ at, reason, lastLines }: ChannelFailure): ChannelFailureView {
  return { atMs: toldInstantMs(at), reason, lastLines };
}

function toDefinition(definition: ChannelDefinition | undefined): ChannelDefinitionView {
  const runtime = definition?.runtime?.value;
  const stop = definition?.stop;
  return {
    command: runtime?.command ?? [],
    environment: Object.keys(runtime?.environment ?? {}),
    workingDirectory: runtime?.workingDirectory ?? "",
    user: runtime?.user ?? "",
    readiness: describeReadiness(definition?.readiness),
    stopSignal: stop?.signal ?? "",
    stopTimeoutMs: toMilliseconds(stop?.timeout),
    restartsMax: definition?.restart?.attemptsMax,
  };
}

function describeReadiness(readiness: Readiness | undefined): string {
  const check = readiness?.check;
  switch (check?.$case) {
    case "tcp":
      return `tcp ${check.value.address}`;
    case "http":
      return `http ${check.value.url}`;
    case "command":
      return `command ${check.value.command.join(" ")}`;
    case undefined:
      return "";
  }
}

export function toChannelResultView(result: ChannelResult): ChannelResultView {
  const { name, activity, ok, error, reason, lastLines } = result;
  return { name, activity: activityWord(activity), isOk: ok, error, reason, lastLines };
}

export function toLogLineView({ at, source, text }: LogLine): LogLineView {
  return { atMs: toldInstantMs(at), source, text };
}

// Asks targets and the notify service how ready they are: the contracts behind standby readiness.

import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type {
  ChannelServiceClient,
  StartProblem,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import type { NotifyServiceClient } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import type {
  CheckProblem,
  FailedCheck,
  MailCheck,
  TargetCheck,
} from "../core/standby-readiness.ts";

/** A target answers within 5 s whatever its disks do, notify within 4 s whatever SMTP does. */
const checkMs = 10_000;

/** Problems of one channel, and characters of one text, that are believed. */
const problemsMax = 10;
const textMax = 300;

/** As many channels as a server can have, and some names beside. */
const checksMax = 2_000;

/** What a target finds. Never rejects. */
export async function checkTarget(
  client: ChannelServiceClient | undefined,
  target: string,
): Promise<TargetCheck> {
  if (client === undefined) {
    return { kind: "failed", why: "unreachable", error: `There is no target "${target}"` };
  }
  try {
    const { checks, serviceProblems } = await call(
      client.checkChannels.bind(client),
      { protectedBy: "", names: [] },
      { what: `Cannot check channels on "${target}"`, deadlineMs: checkMs },
    );
    return {
      kind: "answered",
      checks: checks.slice(0, checksMax).map(({ name, protectedBy, digest, problems }) => ({
        name,
        protectedBy,
        digest,
        problems: readProblems(problems),
      })),
      ofAll: readProblems(serviceProblems),
    };
  } catch (error) {
    return readFailure(error);
  }
}

/** What the notify service finds. Never rejects. */
export async function checkMail(client: NotifyServiceClient): Promise<MailCheck> {
  try {
    const { answers, problem, oldestQueued } = await call(
      client.checkTransport.bind(client),
      {},
      { what: "Cannot ask the notify service", deadlineMs: checkMs },
    );
    const why = problem === "" ? "The SMTP server does not answer" : problem;
    return {
      kind: "answered",
      problem: answers ? "" : oneLine(why),
      waitedMs: toMilliseconds(oldestQueued) ?? 0,
    };
  } catch (error) {
    return readFailure(error);
  }
}

// The words of another machine: what they may look like is decided here.
function readProblems(problems: readonly StartProblem[]): readonly CheckProblem[] {
  return problems.slice(0, problemsMax).map(({ reason, text }) => ({
    reason: /^[A-Z][A-Z0-9_]{0,39}$/.test(reason) ? reason : "OTHER_REASON",
    text: oneLine(text),
  }));
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").slice(0, textMax);
}

function readFailure(error: unknown): FailedCheck {
  const isOld = error instanceof CallFailed && error.reason === "UNIMPLEMENTED";
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", why: isOld ? "unsupported" : "unreachable", error: oneLine(message) };
}

// Why a takeover of a server would fail if it had to happen now: from what the server told of its
// channels, what its targets found when they looked at theirs, and whether mail can go out. What is
// not known is no problem here; whoever asks knows what has not been looked at yet.

import { isNamed } from "./channel-name.ts";
import type { Plan } from "./flow.ts";
import type { Assignment, ServerState } from "./server-record.ts";

/** One reason. The words are a contract: docs/operations.md. */
export interface ReadinessProblem {
  /** "target/channel", a target, the id of the server, or "notify". */
  readonly subject: string;
  /** In CONSTANT_CASE. */
  readonly reason: string;
  /** In one line, for people. The same for as long as the same is wrong. */
  readonly text: string;
}

/** What a target found when it looked at its channels. */
export type TargetCheck =
  | {
      readonly kind: "answered";
      readonly checks: readonly ChannelCheck[];
      /** What would keep every channel from starting there. */
      readonly ofAll: readonly CheckProblem[];
    }
  | FailedCheck;

/** Nobody could look. */
export interface FailedCheck {
  readonly kind: "failed";
  /** Unsupported: its version is too old to look. */
  readonly why: "unreachable" | "unsupported";
  readonly error: string;
}

/** What a target found of one of its channels. */
export interface ChannelCheck {
  readonly name: string;
  /** Empty: nobody does. */
  readonly protectedBy: string;
  /** Empty: not told. */
  readonly digest: string;
  readonly problems: readonly CheckProblem[];
}

/** A problem in the words of a target. */
export type CheckProblem = Omit<ReadinessProblem, "subject">;

/** What the notify service found. */
export type MailCheck =
  | {
      readonly kind: "answered";
      /** Why the SMTP server would take nothing. Empty: it would. */
      readonly problem: string;
      /** How long the oldest message has waited. 0: none waits. */
      readonly waitedMs: number;
    }
  | FailedCheck;

/** What one server is judged by. */
export interface ReadinessFacts {
  readonly serverId: string;
  readonly state: ServerState;
  readonly assignment: Assignment;
  /** Its protected channels as it told them last. Absent: not since the monitor started. */
  readonly own: readonly { readonly name: string; readonly digest: string }[] | undefined;
  /** What a DEAD would do. */
  readonly plan: Plan;
  readonly targets: ReadonlyMap<string, TargetCheck>;
  readonly mail: MailCheck | undefined;
}

/** A mail that has waited for longer is told: a server that is back within it is no news. */
const waitedMsMax = 10 * 60_000;

/** Everything that is wrong, in the order of subject and reason. */
export function findReadinessProblems(facts: ReadinessFacts): readonly ReadinessProblem[] {
  const starts = startsOf(facts.plan);
  const found = [
    ...Array.from(starts, ([target, names]) => targetProblems(facts, target, names)).flat(),
    ...serverProblems(facts, [...starts.values()].flat()),
    ...mailProblems(facts),
  ];
  return found.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
}

/** What makes two problems the same one. */
export function keyOf({ subject, reason }: Pick<ReadinessProblem, "subject" | "reason">): string {
  return `${subject} ${reason}`;
}

/** Names and prefixes that a plan starts, by target. */
export function startsOf({ steps }: Plan): ReadonlyMap<string, readonly string[]> {
  const starts = steps.filter((step) => step.kind === "start_channels");
  const byTarget = Map.groupBy(starts, ({ target }) => target);
  return new Map(Array.from(byTarget, ([target, each]) => [target, each.flatMap((s) => s.names)]));
}

/** Whether a plan sends mail. */
export function sendsMail({ steps }: Plan): boolean {
  return steps.some(({ kind }) => kind === "email");
}

function targetProblems(
  facts: ReadinessFacts,
  target: string,
  names: readonly string[],
): readonly ReadinessProblem[] {
  const check = facts.targets.get(target);
  if (check === undefined) return [];
  if (check.kind === "failed") {
    return [{ subject: target, ...failedProblem(check, "TARGET_UNREACHABLE") }];
  }
  const checks = new Map(check.checks.map((each) => [each.name, each]));
  return [
    ...check.ofAll.map((each) => ({ subject: target, ...each })),
    ...names.filter(isPrefix).flatMap((prefix) => {
      const isThere = check.checks.some((each) => isWanted(facts, each, prefix));
      if (isThere) return [];
      const text = `No channel of ${facts.serverId} is deployed there that is named ${prefix}`;
      return [{ subject: target, reason: "NOT_DEPLOYED", text }];
    }),
    ...wantedNames(facts, check.checks, names).flatMap((name) =>
      channelProblems(facts, name, checks.get(name)).map((each) => ({
        subject: `${target}/${name}`,
        ...each,
      })),
    ),
  ];
}

function failedProblem({ why, error }: FailedCheck, unreachable: string): CheckProblem {
  if (why === "unreachable") return { reason: unreachable, text: error };
  return { reason: "CHECK_UNSUPPORTED", text: "Its version cannot look for itself: upgrade it" };
}

// The channels that a start would have to start: those that are named, those that a prefix means
// there, and those of the server that a prefix means and that are missing there.
function wantedNames(
  facts: ReadinessFacts,
  checks: readonly ChannelCheck[],
  names: readonly string[],
): readonly string[] {
  const wanted = names.flatMap((pattern) => {
    if (!isPrefix(pattern)) return [pattern];
    const there = checks.filter((each) => isWanted(facts, each, pattern));
    const own = (facts.own ?? []).filter(({ name }) => isNamed(name, pattern));
    return [...there, ...own].map(({ name }) => name);
  });
  return [...new Set(wanted)];
}

function isPrefix(name: string): boolean {
  return name.endsWith("*");
}

function isWanted({ serverId }: ReadinessFacts, check: ChannelCheck, pattern: string): boolean {
  return check.protectedBy === serverId && isNamed(check.name, pattern);
}

function channelProblems(
  { serverId, assignment, own }: ReadinessFacts,
  name: string,
  check: ChannelCheck | undefined,
): readonly CheckProblem[] {
  if (check === undefined) {
    return [{ reason: "NOT_DEPLOYED", text: "It is not deployed there" }];
  }
  if (check.protectedBy !== serverId) {
    const by = check.protectedBy === "" ? "nobody" : `server ${check.protectedBy}`;
    const text = `An order would not reach it: ${by} protects it there`;
    return [{ reason: "NOT_PROTECTED", text }];
  }
  const digest = own?.find((each) => each.name === name)?.digest ?? "";
  const isCompared = digest !== "" && check.digest !== "" && assignment !== "backup";
  if (!isCompared || digest === check.digest) return check.problems;
  const text = `Its definition there is not the one of ${serverId}`;
  return [{ reason: "DEFINITION_DIFFERS", text }, ...check.problems];
}

// A flow that starts nothing is meant like that: it only tells people.
function serverProblems(
  { serverId, state, assignment, own }: ReadinessFacts,
  names: readonly string[],
): readonly ReadinessProblem[] {
  if (names.length === 0) return [];
  if (own === undefined) {
    // One that has stopped in good order, or whose channels the backup has, need not tell.
    if (state === "closed" || assignment === "backup") return [];
    const text = "It has not told its channels yet, so nobody knows whether all are ready there";
    return [{ subject: serverId, reason: "SERVER_UNKNOWN", text }];
  }
  return own
    .filter(({ name }) => !names.some((pattern) => isNamed(name, pattern)))
    .map(({ name }) => ({
      subject: `${serverId}/${name}`,
      reason: "NOT_IN_FLOW",
      text: "No step of a takeover starts it",
    }));
}

function mailProblems({ plan, mail }: ReadinessFacts): readonly ReadinessProblem[] {
  if (mail === undefined || !sendsMail(plan)) return [];
  const subject = "notify";
  if (mail.kind === "failed") {
    return [{ subject, ...failedProblem(mail, "NOTIFY_UNREACHABLE") }];
  }
  const text = `A mail has waited for more than ${waitedMsMax / 60_000} minutes`;
  return [
    ...(mail.problem === "" ? [] : [{ subject, reason: "SMTP_UNREACHABLE", text: mail.problem }]),
    ...(mail.waitedMs < waitedMsMax ? [] : [{ subject, reason: "MAIL_WAITS", text }]),
  ];
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

import { expect, test } from "vitest";
import type { FlowStep } from "./flow.ts";
import {
  type ChannelCheck,
  findReadinessProblems,
  type MailCheck,
  type ReadinessFacts,
} from "./standby-readiness.ts";

const start = (names: string[], target = "b"): FlowStep => ({
  kind: "start_channels",
  target,
  names,
});
const email: FlowStep = { kind: "email", to: ["ops@example.org"], cc: [], template: "signal" };

const channel = (name: string, change: Partial<ChannelCheck> = {}): ChannelCheck => ({
  name,
  protectedBy: "p",
  digest: `d-${name}`,
  problems: [],
  ...change,
});

const answered = (...checks: ChannelCheck[]) => ({ kind: "answered", checks, ofAll: [] }) as const;

const unreachable = { kind: "failed", why: "unreachable", error: "no connection" } as const;

// A server "p" with the channels x and y, both ready on the target "b".
function problemsOf(change: Partial<ReadinessFacts> & { steps?: FlowStep[] } = {}): string[] {
  const { steps = [start(["x", "y"]), email], ...rest } = change;
  const facts: ReadinessFacts = {
    serverId: "p",
    state: "live",
    assignment: "primary",
    own: [
      { name: "x", digest: "d-x" },
      { name: "y", digest: "d-y" },
    ],
    plan: { caseName: "DEAD", steps },
    targets: new Map([["b", answered(channel("x"), channel("y"))]]),
    mail: { kind: "answered", problem: "", waitedMs: 0 },
    ...rest,
  };
  return findReadinessProblems(facts).map(({ subject, reason }) => `${subject} ${reason}`);
}

test("a server whose channels could start, and whose mail goes out, is ready", () => {
  expect(problemsOf()).toEqual([]);
});

test("a target that does not answer is one problem, whatever is deployed there", () => {
  const targets = new Map([["b", unreachable]]);
  expect(problemsOf({ targets })).toEqual(["b TARGET_UNREACHABLE"]);
});

test("a target that is too old to look is not known to be ready", () => {
  const targets = new Map([["b", { ...unreachable, why: "unsupported" } as const]]);
  expect(problemsOf({ targets })).toEqual(["b CHECK_UNSUPPORTED"]);
});

test("what a target finds is told of each channel that a takeover would start there, only", () => {
  const problems = [{ reason: "COMMAND_NOT_FOUND", text: "no node" }];
  const checks = answered(channel("x", { problems }), channel("y"), channel("z", { problems }));
  const own = [{ name: "x", digest: "" }];
  expect(problemsOf({ own, steps: [start(["x"])], targets: new Map([["b", checks]]) })).toEqual([
    "b/x COMMAND_NOT_FOUND",
  ]);
});

test("what keeps every channel from starting is told of the target", () => {
  const ofAll = [{ reason: "DISK_FULL", text: "2 MiB are left" }];
  const check = { ...answered(channel("x"), channel("y")), ofAll };
  expect(problemsOf({ targets: new Map([["b", check]]) })).toEqual(["b DISK_FULL"]);
});

test("another definition on the target is a problem, and one that is not told is none", () => {
  const other = answered(channel("x", { digest: "other" }), channel("y", { digest: "" }));
  expect(problemsOf({ targets: new Map([["b", other]]) })).toEqual(["b/x DEFINITION_DIFFERS"]);
});

test("a channel that is missing on the target, or another server's there, is a problem", () => {
  const others = answered(channel("x", { protectedBy: "q" }));
  expect(problemsOf({ targets: new Map([["b", others]]) })).toEqual([
    "b/x NOT_PROTECTED",
    "b/y NOT_DEPLOYED",
  ]);
});

test("a prefix means what the server has, and what the target has of it", () => {
  const steps = [start(["*"])];
  expect(problemsOf({ steps, targets: new Map([["b", answered(channel("x"))]]) })).toEqual([
    "b/y NOT_DEPLOYED",
  ]);
  expect(problemsOf({ steps, own: [], targets: new Map([["b", answered()]]) })).toEqual([
    "b NOT_DEPLOYED",
  ]);
});

test("a channel of the server that no step starts would stay down", () => {
  const targets = new Map([["b", answered(channel("x"), channel("y"))]]);
  expect(problemsOf({ steps: [start(["x"])], targets })).toEqual(["p/y NOT_IN_FLOW"]);
});

test("channels may be shared out among targets", () => {
  const targets = new Map([
    ["b", answered(channel("x"))],
    ["c", answered(channel("y", { digest: "other" }))],
  ]);
  expect(problemsOf({ steps: [start(["x"]), start(["y"], "c")], targets })).toEqual([
    "c/y DEFINITION_DIFFERS",
  ]);
});

test("a server that has told nothing yet is not known to be ready", () => {
  expect(problemsOf({ own: undefined })).toEqual(["p SERVER_UNKNOWN"]);
});

test("while the backup has the channels, neither definitions nor silence matter", () => {
  const other = answered(channel("x", { digest: "other" }), channel("y"));
  const assignment = "backup";
  expect(problemsOf({ assignment, targets: new Map([["b", other]]) })).toEqual([]);
  expect(problemsOf({ assignment, own: undefined })).toEqual([]);
});

test("a server that has stopped in good order need not tell of its channels", () => {
  expect(problemsOf({ state: "closed", own: undefined })).toEqual([]);
});

test("a flow that starts nothing is meant like that", () => {
  expect(problemsOf({ steps: [email], own: undefined, targets: new Map() })).toEqual([]);
});

test.each<{ mail: MailCheck; problems: string[] }>([
  { mail: unreachable, problems: ["notify NOTIFY_UNREACHABLE"] },
  {
    mail: { kind: "answered", problem: "refused", waitedMs: 600_000 },
    problems: ["notify MAIL_WAITS", "notify SMTP_UNREACHABLE"],
  },
  { mail: { kind: "answered", problem: "", waitedMs: 599_999 }, problems: [] },
])("mail that cannot go out is a problem where a takeover sends one ($problems)", (given) => {
  expect(problemsOf({ mail: given.mail })).toEqual(given.problems);
  expect(problemsOf({ mail: given.mail, steps: [start(["x", "y"])] })).toEqual([]);
});

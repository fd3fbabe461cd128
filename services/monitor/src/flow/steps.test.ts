import { expect, test } from "vitest";
import type { FlowStep } from "../core/flow.ts";
import { describeStep } from "./steps.ts";

const cases: readonly (readonly [FlowStep, string, string])[] = [
  [
    { kind: "start_channels", target: "backup-1", names: ["a", "b", "c*"] },
    "backup-1",
    "Start a, b and c* on backup-1, until all of them run",
  ],
  [
    { kind: "stop_channels", target: "backup-1", names: ["a"] },
    "backup-1",
    "Stop a on backup-1, until none of them runs",
  ],
  [
    { kind: "email", to: ["a@b.org"], cc: ["c@d.org"], template: "signal" },
    "signal",
    'Send the mail "signal" to a@b.org and c@d.org',
  ],
  [
    { kind: "webhook", url: "https://example.org/secret?key=1", timeoutMs: 1, attemptsMax: 1 },
    "https://example.org",
    "Post the signal to https://example.org, once",
  ],
  [
    { kind: "command", command: ["/bin/page", "secret"], timeoutMs: 1, attemptsMax: 3 },
    "/bin/page",
    "Run /bin/page, at most 3 times until it succeeds",
  ],
];

test.each(cases)(
  "a step is told in words, without its secrets: %j",
  (step, subject, description) => {
    expect(describeStep(step)).toMatchObject({ subject, description });
  },
);

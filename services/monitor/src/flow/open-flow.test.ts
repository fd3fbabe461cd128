import { expect, test, vi } from "vitest";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { writeSignalDocument } from "../core/signal-document.ts";
import { type FlowPlace, openFlowText } from "./open-flow.ts";

// A trial starts a process, which takes seconds while other tests have the machine.
vi.setConfig({ testTimeout: 60_000 });

const place: FlowPlace & { name: string } = {
  name: "flow.yaml",
  serverIds: ["primary-1"],
  targets: ["backup-1", "backup-2"],
  hasNotify: true,
  folder: "/etc/hot-backup",
};

const sound = `
cases:
  DEAD:
    - startChannels: [orders, "inv*"]
      on: backup-1
    - email: { to: [ops@example.org] }
  LIVE:
    - stopChannels: [orders, "inv*"]
      on: backup-1
    - email: { to: [ops@example.org], cc: ["Anna <anna@example.org>"], template: calm }
`;

function document(signal: "LIVE" | "DEAD" | "CLOSE", serverId = "primary-1"): string {
  const facts = { signal, serverId, host: "h", term: 7n, wallMs: 0, reason: "signal" } as const;
  return writeSignalDocument(facts);
}

async function problemsOf(text: string, over: Partial<FlowPlace> = {}): Promise<string[]> {
  try {
    await openFlowText(text, { ...place, ...over });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}

test("the switch picks the case of the signal, with its steps in their order", async () => {
  const { flow } = await openFlowText(sound, place);
  expect(flow.plan(document("DEAD"))).toEqual({
    caseName: "DEAD",
    steps: [
      { kind: "start_channels", target: "backup-1", names: ["orders", "inv*"] },
      { kind: "email", to: ["ops@example.org"], cc: [], template: "signal" },
    ],
  });
  expect(flow.plan(document("LIVE")).caseName).toBe("LIVE");
});

test("a signal without a case does nothing", async () => {
  const { flow } = await openFlowText(sound, place);
  expect(flow.plan(document("CLOSE"))).toEqual({ caseName: "", steps: [] });
});

test("default is the case of every other value", async () => {
  const text = `${sound}  default:\n    - webhook: { url: "https://example.org/x" }\n`;
  const { flow } = await openFlowText(text, place);
  expect(flow.plan(document("CLOSE"))).toEqual({
    caseName: "default",
    steps: [{ kind: "webhook", url: "https://example.org/x", timeoutMs: 10_000, attemptsMax: 3 }],
  });
});

test("STOP is another name of CLOSE", async () => {
  const text = `${sound}  STOP:\n    - command: { run: [true], timeout: 2s, attempts: 1 }\n`;
  expect(await problemsOf(text)).toEqual([
    "flow.yaml:12:24: cases.STOP.0.command.run.0: must be a string",
  ]);
  const { flow } = await openFlowText(text.replace("[true]", "['true']"), place);
  expect(flow.plan(document("CLOSE")).steps).toEqual([
    { kind: "command", command: ["true"], timeoutMs: 2000, attemptsMax: 1 },
  ]);
});

test("a switch may look at everything in the document", async () => {
  const text = `switch: "if (/signal/@server = 'odd') then 'other' else /signal"${sound}  other:
    - stopChannels: ["*"]
      on: backup-1
`;
  const { flow } = await openFlowText(text, place);
  expect(flow.plan(document("DEAD", "odd")).caseName).toBe("other");
  expect(flow.plan(document("DEAD")).caseName).toBe("DEAD");
});

test("a document that the switch fails on picks default, and never throws", async () => {
  const text = `switch: "if (/signal/@server = 'odd') then error() else /signal"${sound}`;
  const { flow } = await openFlowText(text, place);
  expect(flow.plan(document("DEAD", "odd"))).toEqual({ caseName: "", steps: [] });
});

test("every target that any case starts channels on is a start target, once", async () => {
  const text = `
cases:
  DEAD: [{ startChannels: [a], on: backup-2 }, { startChannels: [b], on: backup-1 }]
  CLOSE: [{ startChannels: [b], on: backup-1 }]
  LIVE: [{ stopChannels: ["*"], on: backup-1 }, { stopChannels: ["*"], on: backup-2 }]
`;
  const { flow } = await openFlowText(text, place);
  expect(flow.startTargets).toEqual(["backup-1", "backup-2"]);
});

test("a target that a case starts and LIVE does not stop is refused at its place", async () => {
  const text = sound.replace("on: backup-1", "on: backup-2");
  expect(await problemsOf(text)).toEqual([
    'flow.yaml:5:7: cases.DEAD.0.on: starts channels on "backup-2", ' +
      "but LIVE stops none there (rule 5.5)",
  ]);
});

test("LIVE is the case that the switch picks, not the one of that name", async () => {
  const text = `switch: concat(/signal, '!')
cases:
  DEAD!: [{ startChannels: [a], on: backup-1 }]
  LIVE: [{ stopChannels: [a], on: backup-1 }]
`;
  expect(await problemsOf(text)).toHaveLength(1);
  expect(await problemsOf(text.replace("LIVE:", "LIVE!:"))).toEqual([]);
});

test("without a case of its own LIVE is what default does", async () => {
  const text = `
cases:
  DEAD: [{ startChannels: [a], on: backup-1 }]
  default: [{ stopChannels: [a], on: backup-1 }]
`;
  expect(await problemsOf(text)).toEqual([]);
});

const header = `
cases:
  LIVE: [{ stopChannels: ["*"], on: backup-1 }]
  DEAD:
`;
const faults: readonly (readonly [rule: string, step: string, problem: string])[] = [
  [
    "a key that does not exist",
    "- { startChannels: [a], on: backup-1, retries: 3 }",
    "flow.yaml:5:43: cases.DEAD.0.retries: no such key",
  ],
  [
    "an unknown target",
    "- { startChannels: [a], on: backup-9 }",
    'flow.yaml:5:29: cases.DEAD.0.on: there is no target "backup-9" in monitor.targets',
  ],
  [
    "a channel step without a target",
    "- { startChannels: [a] }",
    "flow.yaml:5:7: cases.DEAD.0.on: must be the name of a target",
  ],
  [
    "an empty list of channels",
    "- { startChannels: [], on: backup-1 }",
    "flow.yaml:5:9: cases.DEAD.0.startChannels: must name at least one channel",
  ],
  [
    "a bad name of a channel",
    "- { startChannels: [a, -b], on: backup-1 }",
    "flow.yaml:5:28: cases.DEAD.0.startChannels.1: " +
      'must be the name of a channel, or a prefix such as "or*"',
  ],
  [
    "two kinds in one step",
    "- { stopChannels: [a], on: backup-1, email: { to: [a@b.org] } }",
    "flow.yaml:5:7: cases.DEAD.0: must be one step, but has stopChannels and email",
  ],
  [
    "a step of no kind",
    "- { on: backup-1 }",
    "flow.yaml:5:7: cases.DEAD.0: must have one of the keys " +
      "startChannels, stopChannels, email, webhook, command",
  ],
  [
    "an address that is none",
    "- email: { to: [nobody] }",
    "flow.yaml:5:21: cases.DEAD.0.email.to.0: " +
      'must be an address such as "ops@example.org" or "Operations <ops@example.org>"',
  ],
  [
    "a webhook that is no address",
    "- webhook: { url: ftp://example.org }",
    "flow.yaml:5:18: cases.DEAD.0.webhook.url: " +
      'must be an address such as "https://example.org/hook"',
  ],
  [
    "a webhook that holds a password",
    "- webhook: { url: 'https://a:b@example.org' }",
    "flow.yaml:5:18: cases.DEAD.0.webhook.url: must not hold a user name or password",
  ],
  [
    "a timeout without a unit",
    "- command: { run: [x], timeout: 5 }",
    "flow.yaml:5:28: cases.DEAD.0.command.timeout: " +
      'must be a duration such as "200ms", "1.5s" or "10m"',
  ],
  [
    "no attempts",
    "- command: { run: [x], attempts: 0 }",
    "flow.yaml:5:28: cases.DEAD.0.command.attempts: must be from 1 to 100",
  ],
];

test.each(faults)("%s is refused at its place", async (_, step, problem) => {
  expect(await problemsOf(`${header}    ${step}\n`)).toEqual([problem]);
});

test("a case without steps is refused", async () => {
  expect(await problemsOf("cases: { LIVE: [] }")).toEqual([
    "flow.yaml:1:10: cases.LIVE: must have at least one step",
  ]);
});

test("a flow without cases is refused", async () => {
  expect(await problemsOf("switch: /signal")).toEqual([
    "flow.yaml:1:1: cases: must map the name of a case to its steps",
  ]);
});

test("a mail without a notify service is refused", async () => {
  const problems = await problemsOf(sound, { hasNotify: false });
  expect(problems).toEqual([
    "flow.yaml:6:7: cases.DEAD.1.email: needs a notify service, and monitor.notify names none",
    "flow.yaml:10:7: cases.LIVE.1.email: needs a notify service, and monitor.notify names none",
  ]);
});

test("all problems are told at once, in the order of the file", async () => {
  const text = `colour: red
switch: "bad("
cases:
  DEAD:
    - { startChannels: [A], on: backup-1 }
  STOP: [{ stopChannels: [a], on: nowhere }]
`;
  const places = (await problemsOf(text)).map((line) => line.split(" ")[0]);
  expect(places).toEqual([
    "flow.yaml:1:1:",
    "flow.yaml:2:1:",
    "flow.yaml:5:25:",
    "flow.yaml:5:29:",
    "flow.yaml:6:31:",
  ]);
});

test("a program with a slash is looked up from the folder of the flow", async () => {
  const text = "cases: { LIVE: [{ command: { run: [./page.sh, ./x] } }] }";
  const { flow } = await openFlowText(text, place);
  expect(flow.plan(document("LIVE")).steps[0]).toMatchObject({
    command: ["/etc/hot-backup/page.sh", "./x"],
  });
});

test("what is allowed and most likely not meant is a warning", async () => {
  const text = "cases: { LIVE: [{ stopChannels: [a], on: backup-1 }] }";
  expect((await openFlowText(text, place)).warnings).toEqual([
    "flow.yaml: DEAD starts no channels: nothing fails over",
    "flow.yaml: DEAD sends no e-mail: nobody is told",
    "flow.yaml: LIVE sends no e-mail: nobody is told",
  ]);
  expect((await openFlowText(sound, place)).warnings).toEqual([]);
});

test("a switch that burns on the document to be planned is refused", async () => {
  const burn = "string(some $x in 1 to 100000000 satisfies $x < 0)";
  const text = `switch: "if (/signal/@term = '7') then ${burn} else /signal"${sound}`;
  const problems = await problemsOf(text, { documents: [document("DEAD")] });
  expect(problems).toEqual([
    expect.stringMatching(/^flow.yaml:1:1: switch: must be decided within (1000 ms|64 MB)/),
  ]);
});

test("a text that is too long is refused before it is read", async () => {
  expect(await problemsOf(`# ${"x".repeat(40_000)}`)).toEqual([
    "flow.yaml: must be at most 32768 characters long",
  ]);
});

import { expect, test } from "vitest";
import type { TemplateValues, Written } from "../core/email.ts";
import { signalTemplate } from "./signal.ts";

const started = [
  { name: "orders", ok: true, activity: "STARTED" },
  { name: "invoices", ok: true, activity: "STARTED" },
];

const dead: TemplateValues = {
  server: "primary-1",
  host: "db1.example.org",
  signal: "DEAD",
  time: "2026-11-22T14:03:07.123Z",
  term: "7",
  because: "No heartbeat for the threshold",
  reason: "signal",
  group: "two-servers",
  monitor: "backup-1",
  resolved: false,
  steps: [{ kind: "startChannels", target: "backup-1", state: "done", channels: started }],
};

function render(values: TemplateValues): Written {
  const rendered = signalTemplate.render(values);
  if (!rendered.isValid) throw new Error(JSON.stringify(rendered.problems));
  return rendered.value;
}

function withSteps(...steps: TemplateValues[]): TemplateValues {
  return { ...dead, steps };
}

test("a mail names server, signal, time, and what was done to which channel", () => {
  expect(render(dead).subject).toBe("[Hot Backup] DEAD primary-1: backup-1 runs 2 of 2 channels");
  expect(render(dead).text).toBe(`DEAD primary-1
backup-1 runs 2 of 2 channels

Server   primary-1 on db1.example.org
Signal   DEAD
Time     2026-11-22 14:03:07 UTC
Term     7
Because  No heartbeat for the threshold
Monitor  backup-1
Group    two-servers

What was done
- backup-1: start channels: done
  ok      orders    STARTED
  ok      invoices  STARTED
`);
});

test("what failed is named before everything else, and why", () => {
  const invoices = { name: "invoices", ok: false, activity: "STOPPED", error: "port in use" };
  const { subject, text, html } = render(
    withSteps(
      {
        kind: "startChannels",
        target: "backup-1",
        state: "retrying",
        channels: [...started.slice(0, 1), invoices],
      },
      { kind: "webhook", state: "failed", error: "connection refused" },
    ),
  );
  expect(subject).toBe("[Hot Backup] DEAD primary-1: backup-1 runs 1 of 2 channels");
  expect(text).toContain(
    "ATTENTION: backup-1: start channels (invoices): failing, retried until it succeeds; " +
      "webhook: FAILED",
  );
  expect(text).toContain("  FAILED  invoices  STOPPED: port in use");
  expect(text).toContain("- webhook: FAILED\n  connection refused");
  expect(html).toContain("port in use");
});

test.each([
  [{ ...dead, resolved: true }, "RESOLVED DEAD primary-1: backup-1 runs 2 of 2 channels"],
  [{ ...dead, reason: "switchover" }, "SWITCHOVER primary-1: backup-1 runs 2 of 2 channels"],
  [
    withSteps({ kind: "startChannels", target: "backup-1", state: "pending" }),
    "DEAD primary-1: nothing is started on backup-1 yet",
  ],
  [
    {
      ...withSteps({ kind: "stopChannels", target: "backup-1", state: "done", channels: started }),
      signal: "LIVE",
    },
    "LIVE primary-1: 2 of 2 channels are stopped on backup-1",
  ],
  [
    {
      ...withSteps({ kind: "stopChannels", target: "backup-1", state: "pending" }),
      signal: "LIVE",
      held: true,
    },
    "LIVE primary-1: it is back; the failback is held, the backup has the channels",
  ],
  [
    { server: "primary-1", signal: "CLOSE", because: "It said so" },
    "CLOSE primary-1: stopped in good order, which starts no takeover",
  ],
  [
    withSteps({ kind: "startChannels", target: "backup-1", state: "skipped" }),
    "DEAD primary-1: overtaken by something newer, see the next mail",
  ],
  [{ server: "primary-1", signal: "DEAD" }, "DEAD primary-1: no heartbeats"],
  [{ server: "p", signal: "DEAD", because: "a\r\nBcc: e@f.g" }, "DEAD p: a Bcc: e@f.g"],
] satisfies [TemplateValues, string][])("the subject says who runs what: %#", (values, subject) => {
  expect(render(values).subject).toBe(`[Hot Backup] ${subject}`);
});

test("missing values are left out", () => {
  const { text, html } = render({ server: "primary-1", signal: "LIVE", host: null });
  expect(text).toBe("LIVE primary-1\nit is back\n\nServer  primary-1\nSignal  LIVE\n");
  for (const each of [text, html]) expect(each).not.toMatch(/undefined|null|NaN|What was done/);
});

test("a switchover names who asked for it, and no signal: nobody died", () => {
  const actor = { name: "anna", reason: "kernel update" };
  const { text } = render({ ...dead, reason: "switchover", actor });
  expect(text).toContain("Asked by  anna: kernel update");
  expect(text).not.toMatch(/^Signal/m);
});

test("a held failback says that its steps wait, and for what", () => {
  const stop = { kind: "stopChannels", target: "backup-1", state: "pending" };
  const { text } = render({ ...withSteps(stop), signal: "LIVE", held: true });
  expect(text).toContain("- backup-1: stop channels: waits for the failback");
  expect(text).toMatch(/^Failback +after its delay, or, .* when an operator asks/m);
});

test("a resolution says what is resolved, lest a dead server be taken for live", () => {
  const { text } = render({ ...dead, resolved: true });
  expect(text).toMatch(/^Resolved +what the mail before this one named as failing is done$/m);
});

test("what still fails is red, even when the server is back", () => {
  const stop = { kind: "stopChannels", target: "backup-1", state: "retrying", error: "no answer" };
  const red = "border-top:6px solid #b42318";
  expect(render({ ...withSteps(stop), signal: "LIVE" }).html).toContain(red);
  expect(render({ ...withSteps({ ...stop, state: "done" }), signal: "LIVE" }).html).not.toContain(
    red,
  );
});

test("every value is escaped in HTML", () => {
  const evil = "<img src=x onerror=\"a('b')\">&";
  const { html = "" } = render({
    ...dead,
    server: evil,
    host: evil,
    because: evil,
    term: evil,
    time: evil,
    group: evil,
    monitor: evil,
    actor: { name: evil, reason: evil },
    steps: [
      {
        kind: evil,
        target: evil,
        state: evil,
        error: evil,
        channels: [{ name: evil, ok: false, activity: evil, error: evil }],
      },
    ],
  });
  expect(html).not.toContain("<img");
  expect(html).toContain("&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;");
});

test.each([
  [{}, ["server", "signal"]],
  [{ server: "p", signal: "GONE" }, ["signal"]],
  [{ server: "p", signal: "DEAD", term: 7 }, ["term"]],
  [{ server: "p", signal: "DEAD", steps: [{ target: "b" }] }, ["steps[0].kind"]],
] satisfies [TemplateValues, string[]][])(
  "values of the wrong shape are named: %j",
  (values, fields) => {
    const rendered = signalTemplate.render(values);
    expect(rendered.isValid ? [] : rendered.problems.map((each) => each.field)).toEqual(fields);
  },
);

test("keys that a newer monitor adds change nothing", () => {
  expect(render({ ...dead, weather: "fine" })).toEqual(render(dead));
});

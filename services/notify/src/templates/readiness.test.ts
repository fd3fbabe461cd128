import { expect, test } from "vitest";
import { createWriter } from "./template.ts";
import { readinessTemplate } from "./readiness.ts";

const write = createWriter([readinessTemplate]);

function mailOf(values: object): { subject: string; text: string; html: string } {
  const written = write({ kind: "template", name: "readiness", values: { ...values } });
  if (!written.isValid) throw new Error(JSON.stringify(written.problems));
  const { subject, text, html = "" } = written.value;
  return { subject, text, html };
}

const missing = {
  subject: "backup-1/orders",
  reason: "COMMAND_NOT_FOUND",
  text: "Its command node is not in /usr/bin",
  since: "2026-11-22T14:03:07.123Z",
};

test("the mail says what would fail, since when, and what to do", () => {
  const { subject, text, html } = mailOf({
    servers: [{ server: "primary-1", problems: [missing] }],
    time: "2026-11-22T14:05:00.000Z",
    monitor: "backup-1",
    group: "two-servers",
  });
  expect(subject).toBe(
    "[Hot Backup] NOT READY primary-1: " +
      "1 reason why a takeover would fail, or not be told of, now",
  );
  expect(text).toBe(`NOT READY primary-1
1 reason why a takeover would fail, or not be told of, now

primary-1: not ready
- backup-1/orders COMMAND_NOT_FOUND
  Its command node is not in /usr/bin, since 2026-11-22 14:03:07 UTC
  What to do: Install the program there, or mend the PATH of its definition.

Time     2026-11-22 14:05:00 UTC
Monitor  backup-1
Group    two-servers
`);
  expect(html).toContain("backup-1/orders COMMAND_NOT_FOUND");
  expect(html).toContain("Install the program there");
});

test("a server that is ready again is told as such, with what is over", () => {
  const { subject, text } = mailOf({ servers: [{ server: "primary-1", over: [missing] }] });
  expect(subject).toContain("READY primary-1: nothing is seen any more");
  expect(text).toContain("primary-1: ready\n- over: backup-1/orders COMMAND_NOT_FOUND");
});

test("one mail tells of many servers, and counts what it does not list", () => {
  const { subject, text } = mailOf({
    servers: [
      { server: "p-1", problems: [missing], omitted: 4 },
      { server: "p-2", problems: [missing] },
      { server: "p-3", over: [missing] },
    ],
  });
  expect(subject).toContain("NOT READY 2 servers: 6 reasons");
  expect(text).toContain("- and 4 more");
  expect(text).toContain("p-3: ready");
});

test("a reason that this version does not know is told without advice, and escaped", () => {
  const strange = { subject: "<b>", reason: "NEVER_HEARD_OF", text: "<script>" };
  const { text, html } = mailOf({ servers: [{ server: "p", problems: [strange] }] });
  expect(text).toContain("- <b> NEVER_HEARD_OF\n  <script>\n");
  expect(html).toContain("&lt;script&gt;");
  expect(html).not.toContain("<script>");
});

test("values that say of no server anything are refused by their place", () => {
  const refused = write({ kind: "template", name: "readiness", values: { servers: [{}] } });
  expect(refused).toMatchObject({
    isValid: false,
    problems: [{ field: "template.values.servers[0].server" }],
  });
});

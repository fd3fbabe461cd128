import { expect, test } from "vitest";
import { checkEmail, type EmailRequest, type TemplateValues } from "./email.ts";

const request: EmailRequest = {
  key: "run-7/mail-1",
  to: ["ops@example.org"],
  cc: [],
  thread: "",
  content: { kind: "written", subject: "Hello", text: "World", html: undefined },
};

function written(fields: { subject?: string; text?: string; html?: string }): EmailRequest {
  const content = { kind: "written", subject: "s", text: "t", html: undefined } as const;
  return { ...request, content: { ...content, ...fields } };
}

function fieldsOf(given: EmailRequest): string[] {
  const checked = checkEmail(given);
  return checked.isValid ? [] : checked.problems.map((each) => each.field);
}

test("a good request is taken apart", () => {
  expect(checkEmail(request)).toEqual({
    isValid: true,
    value: { ...request, to: [{ name: "", address: "ops@example.org" }] },
  });
});

test.each([
  ["an empty key", { ...request, key: "" }, "idempotency_key"],
  ["a key with a space", { ...request, key: "a b" }, "idempotency_key"],
  ["a key with a line break", { ...request, key: "a\nb" }, "idempotency_key"],
  ["a key of 201", { ...request, key: "x".repeat(201) }, "idempotency_key"],
  ["no recipient", { ...request, to: [] }, "to"],
  ["101 recipients", { ...request, to: Array(101).fill("a@example.org") }, "to"],
  ["101 copies", { ...request, cc: Array(101).fill("a@example.org") }, "cc"],
  ["a bad recipient", { ...request, to: ["a@example.org", "b"] }, "to[1]"],
  ["an injected recipient", { ...request, to: ["a@b.c\r\nBcc: e@f.g"] }, "to[0]"],
  ["an injected copy", { ...request, cc: ["a@b.c\nX: y"] }, "cc[0]"],
  ["an injected thread", { ...request, thread: "t>\r\nX: y" }, "thread"],
  ["no content", { ...request, content: undefined }, "content"],
  ["an empty subject", written({ subject: "" }), "written.subject"],
  ["a blank subject", written({ subject: " " }), "written.subject"],
  ["a subject of 256", written({ subject: "x".repeat(256) }), "written.subject"],
  ["a subject of two lines", written({ subject: "a\r\nBcc: e@f.g" }), "written.subject"],
  ["a subject with NUL", written({ subject: "a\0b" }), "written.subject"],
  ["a text with NUL", written({ text: "a\0b" }), "written.text"],
  ["a text over 256 KiB", written({ text: "x".repeat(256 * 1024 + 1) }), "written.text"],
  ["HTML over 256 KiB", written({ html: "ü".repeat(128 * 1024 + 1) }), "written.html"],
] satisfies [string, EmailRequest, string][])("%s is refused by name", (_name, given, field) => {
  expect(fieldsOf(given)).toEqual([field]);
});

test("every problem is told at once", () => {
  const bad = { ...written({ subject: "" }), key: "", to: ["x"], cc: ["y"], thread: " " };
  expect(fieldsOf(bad)).toEqual(["idempotency_key", "to[0]", "cc[0]", "thread", "written.subject"]);
});

test("the largest allowed content is allowed", () => {
  const body = "x".repeat(256 * 1024);
  expect(fieldsOf(written({ subject: "ü".repeat(255), text: body, html: body }))).toEqual([]);
});

test("values nested without end are refused, not walked", () => {
  let values: TemplateValues = {};
  for (let depth = 0; depth < 5000; depth += 1) values = { in: values };
  const content = { kind: "template", name: "message", values } as const;
  expect(fieldsOf({ ...request, content })).toEqual(["template.values"]);
});

import { expect, test } from "vitest";
import { messageTemplate } from "./message.ts";
import { signalTemplate } from "./signal.ts";
import { createWriter, type Template } from "./template.ts";

const write = createWriter([signalTemplate, messageTemplate]);
const use = (name: string, values: object = {}) =>
  write({ kind: "template", name, values: { ...values } });

test("written content stays as it is", () => {
  const content = { kind: "written", subject: "s", text: "t", html: undefined } as const;
  expect(write(content)).toMatchObject({ isValid: true, value: { subject: "s", text: "t" } });
});

test("an unknown template is refused with the names of the known ones", () => {
  expect(use("signla")).toEqual({
    isValid: false,
    problems: [{ field: "template.name", description: "must be one of message, signal" }],
  });
});

test("problems of values are told by their path in the request", () => {
  expect(use("message", { subject: "s" })).toMatchObject({
    problems: [{ field: "template.values.text" }],
  });
});

test("the plain message has its text escaped in HTML", () => {
  expect(use("message", { subject: "s", text: "<b>" })).toMatchObject({
    value: { subject: "s", text: "<b>", html: expect.stringContaining("&lt;b&gt;") },
  });
});

test("values that render to no mail are refused", () => {
  expect(use("message", { subject: "\n", text: "t" })).toMatchObject({
    problems: [{ field: "template.values", description: expect.stringContaining("subject") }],
  });
  expect(use("message", { subject: "s", text: "<".repeat(100_000) })).toMatchObject({
    problems: [{ field: "template.values", description: expect.stringContaining("html") }],
  });
});

test("an own template replaces a built-in one", () => {
  const own: Template = {
    name: "signal",
    render: () => ({ isValid: true, value: { subject: "own", text: "", html: undefined } }),
  };
  const content = { kind: "template", name: "signal", values: {} } as const;
  const writeOwn = createWriter([signalTemplate, messageTemplate, own]);
  expect(writeOwn(content)).toMatchObject({ value: { subject: "own" } });
});

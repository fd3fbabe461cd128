import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TemplateValues } from "../core/email.ts";
import { readTemplateFolder } from "./template-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "notify-templates-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function render(values: TemplateValues) {
  const { templates, problems } = readTemplateFolder(folder);
  expect(problems).toEqual([]);
  const rendered = templates[0]?.render(values);
  return rendered?.isValid === true ? rendered.value : rendered?.problems;
}

test("a template is a text file with a subject, and HTML beside it", () => {
  put("alarm.txt", "Subject: {{signal}} of {{server.name}}\n\nHello {{server.name}}\n");
  put("alarm.html", "<p>{{server.name}}</p>");
  expect(render({ signal: "DEAD", server: { name: "<p1>" } })).toEqual({
    subject: "DEAD of <p1>",
    text: "Hello <p1>\n",
    html: "<p>&lt;p1&gt;</p>",
  });
});

test("blocks repeat and choose; inner names come before outer ones", () => {
  put(
    "alarm.txt",
    "Subject: s\n\n{{#each list}}{{name}}{{#if ok}}+{{else}}-{{/if}}{{top}} {{/each}}" +
      "{{#each words}}{{this}},{{/each}}{{#if none}}x{{/if}}{{#if list}}y{{/if}}",
  );
  const list = [{ name: "a", ok: true }, { name: "b" }];
  expect(render({ name: "outer", top: 1, list, words: ["u", "v"], none: [] })).toMatchObject({
    text: "a+1 b-1 u,v,y",
  });
});

test("values are never templates, and a subject stays one line", () => {
  put("alarm.txt", "Subject: {{a}}\n\n{{a}}{{__proto__.x}}{{constructor}}{{a.length}}");
  expect(render({ a: "{{b}}\r\nBcc: e@f.g", b: "no" })).toMatchObject({
    subject: "{{b}} Bcc: e@f.g",
    text: "{{b}}\r\nBcc: e@f.g",
  });
});

test("values cannot blow a mail up", () => {
  const loop = "{{#each l}}{{#each l}}{{#each l}}{{#each l}}x{{/each}}{{/each}}{{/each}}{{/each}}";
  put("alarm.txt", `Subject: s\n\n${loop}`);
  expect(render({ l: Array.from({ length: 100 }, () => 1) })).toEqual([
    { field: "", description: "must not make a mail of more than 262144 bytes" },
  ]);
});

test.each([
  ["alarm.txt", "no subject\n", "alarm.txt:1", 'must begin with "Subject: …"'],
  ["alarm.txt", "Subject: s\nno empty line\n", "alarm.txt:1", "an empty line"],
  ["alarm.txt", "Subject: s\n\na\n{{#if x}}\n", "alarm.txt:4", "{{#if}} has no end"],
  ["alarm.txt", "Subject: s\n\n{{/each}}", "alarm.txt:3", "{{/each}} ends nothing"],
  ["alarm.txt", "Subject: s\n\n{{else}}", "alarm.txt:3", "{{else}} belongs to no {{#if}}"],
  ["alarm.txt", "Subject: s\n\na\n{{{raw}}}", "alarm.txt:4", "belongs to no placeholder"],
  ["alarm.txt", "Subject: s\n\n{{a + 1}}", "alarm.txt:3", "is no placeholder"],
  ["alarm.txt", "Subject: {{open\n\n", "alarm.txt:1", "belongs to no placeholder"],
  ["alarm.txt", `Subject: s\n\n${"x".repeat(262_144)}`, "alarm.txt", "at most 262144 bytes"],
  ["alarm.html", "<p>", "alarm.html", "has no alarm.txt beside it"],
  ["Alarm.md", "x", "Alarm.md", "is no template"],
])("%s with %j is told with its place", (name, text, where, message) => {
  put(name, text);
  const { templates, problems } = readTemplateFolder(folder);
  expect(templates).toEqual([]);
  expect(problems).toEqual([
    { where: join(folder, where), key: "", message: expect.stringContaining(message) },
  ]);
});

test("a folder that is not there is a problem", () => {
  const { problems } = readTemplateFolder(join(folder, "nowhere"));
  expect(problems[0]?.message).toContain("ENOENT");
});

// The pages that are made from code, or that promise to list all of something, are true.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { statesPage } from "../scripts/states-page.ts";
import { readTree } from "./tidy/tree.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

test("docs/states.md is what the table of transitions gives", () => {
  expect(read("docs/states.md"), "run: node scripts/states-page.ts").toBe(statesPage());
});

test("docs/errors.md lists every reason that a service can give, and no other", () => {
  const sources = readTree()
    .filter(({ path }) => /^(?:services\/.*|packages\/kit)\/src\/.*\.ts$/.test(path))
    .filter(({ path }) => !/\.(?:test|fixture)\.ts$/.test(path));
  const text = sources.map((file) => file.text).join("\n");
  const listed = read("docs/errors.md").matchAll(/^\| ([A-Z][A-Z_]+) \|/gm);
  const documented = new Set([...listed].map(([, reason]) => reason));
  const given = new Set(
    [...text.matchAll(/\breason: "([A-Z][A-Z_]+)"|refuse\(draft, "([A-Z_]+)"/g)].map(
      ([, reason, refusal]) => reason ?? refusal,
    ),
  );
  expect([...given].filter((reason) => !documented.has(reason))).toEqual([]);
  expect([...documented].filter((reason) => !text.includes(`"${reason}"`))).toEqual([]);
});

// The pages that are made from code, or that promise to list all of something, are true.

import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { expect, test } from "vitest";
import { statesPage } from "../scripts/states-page.ts";
import { readTree } from "./tidy/tree.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

test("docs/states.md is what the table of transitions gives", () => {
  expect(read("docs/states.md"), "run: node scripts/states-page.ts").toBe(statesPage());
});

test("docs/errors.md lists every reason that a service can give, and no other", () => {
  const sources = readTree()
    .filter(({ path }) =>
      /^(?:services\/.*|packages\/kit|clients\/console)\/src\/.*\.ts$/.test(path),
    )
    .filter(({ path }) => !/\.(?:test|fixture)\.ts$/.test(path));
  const text = sources.map((file) => file.text).join("\n");
  const reasonsIn = (page: string) =>
    Array.from(page.matchAll(/^\| ([A-Z][A-Z_]+) \|/gm), ([, reason]) => reason);
  const documented = new Set(reasonsIn(read("docs/errors.md")));
  // Those of standby readiness are no failures of calls: test/readiness-reasons.test.ts.
  const elsewhere = new Set(reasonsIn(read("docs/operations.md")));
  const given = new Set(
    [...text.matchAll(/\breason: "([A-Z][A-Z_]+)"|refuse\(draft, "([A-Z_]+)"/g)].map(
      ([, reason, refusal]) => reason ?? refusal,
    ),
  );
  const unlisted = [...given].filter((reason) => !documented.has(reason));
  expect(unlisted.filter((reason) => !elsewhere.has(reason))).toEqual([]);
  expect([...documented].filter((reason) => !text.includes(`"${reason}"`))).toEqual([]);
});

test("a link from one page to another leads to a page, and to a heading that it has", () => {
  const tree = readTree();
  const paths = tree.flatMap(({ path }) => [path, ...foldersOf(path)]);
  const places = new Set(paths);
  const pages = new Map(
    tree.filter(({ path }) => path.endsWith(".md")).map(({ path, text }) => [path, text]),
  );
  const broken = [...pages].flatMap(([page, text]) => {
    const targets = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)];
    return targets.flatMap(([, target = ""]) => {
      const [file = "", anchor] = target.split("#");
      const path = file === "" ? page : normalize(join(dirname(page), file)).replace(/\/$/, "");
      const isThere = places.has(path) || path === ".";
      const hasHeading = anchor === undefined || anchorsOf(pages.get(path) ?? "").has(anchor);
      return isThere && hasHeading ? [] : [`${page}: ${target}`];
    });
  });
  expect(broken).toEqual([]);
});

test("a path that a page names is there", () => {
  const tree = readTree();
  const places = new Set(tree.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const tops = "bench|clients|demo|deploy|docs|examples|packages|scripts|services|sim|test";
  const named = new RegExp(`\`((?:${tops})/[\\w./@-]*)\``, "g");
  const missing = tree
    .filter(({ path }) => path.endsWith(".md"))
    .flatMap(({ path: page, text }) =>
      [...text.matchAll(named)]
        .map(([, path = ""]) => path.replace(/\/$/, ""))
        .filter((path) => !places.has(path))
        .map((path) => `${page}: ${path}`),
    );
  expect(missing).toEqual([]);
});

test("docs/rules.md says what every rule asks that anybody names", () => {
  const rules = new Set(
    [...read("docs/rules.md").matchAll(/^\| (R\d+|5\.\d) \|/gm)].map(([, rule]) => rule),
  );
  const named = readTree()
    .filter(({ path }) => /\.(?:ts|md|proto)$/.test(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/\bR\d{1,2}\b|\((5\.\d)\)/g)].map(([whole, step]) => ({
        path,
        rule: step ?? whole,
      })),
    );
  expect(named.filter(({ rule }) => !rules.has(rule))).toEqual([]);
});

function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

// As GitHub makes them of headings.
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  const words = headings.map((each) => each.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, ""));
  return new Set(words.map((each) => each.replaceAll(" ", "-")));
}

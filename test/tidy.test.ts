// Style as a test: the rules of CONTRIBUTING.md that no linter has. Every rule is tried twice: the
// house keeps it, and a small bad sample breaks it.

import { describe, expect, test } from "vitest";
import { importsFollowTheArrows } from "./tidy/import-rules.ts";
import * as layout from "./tidy/layout-rules.ts";
import * as syntax from "./tidy/syntax-rules.ts";
import * as text from "./tidy/text-rules.ts";
import { readTree, type Rule, type SourceFile } from "./tidy/tree.ts";

const tree = readTree();

/** A rule, its name as a rule of the house, and files that break it once each. */
interface Trial {
  readonly name: string;
  readonly rule: Rule;
  readonly bad: readonly SourceFile[];
}

const header = "// What it is for.\n";
const code = (path: string, body: string): SourceFile => ({ path, text: header + body });
const lines = (count: number) => "const a = 1;\n".repeat(count);
// What this very file must not hold.
const split = (...parts: string[]) => parts.join("");
const manifest = (fields: object): SourceFile => ({
  path: "package.json",
  text: JSON.stringify(fields),
});

const textTrials: Trial[] = [
  {
    name: "a line has at most 100 columns",
    rule: text.noLongLines,
    bad: [code("a.ts", `const a = "${"x".repeat(100)}";`), code("b.ts", `// ${"x ".repeat(60)}`)],
  },
  {
    name: "a file has at most 250 lines",
    rule: text.noLongFiles,
    bad: [code("a.ts", lines(250))],
  },
  {
    name: "a file begins with what it is for",
    rule: text.filesSayWhatTheyAreFor,
    bad: [
      { path: "a.ts", text: "export const a = 1;" },
      { path: "b.ts", text: "#!/usr/bin/env node\nexport const a = 1;" },
    ],
  },
  {
    name: "nothing is left undone",
    rule: text.nothingUnfinished,
    bad: [code("a.ts", split("// TO", "DO: later")), { path: "a.md", text: split("FIX", "ME") }],
  },
  {
    name: "no comment is a dividing line",
    rule: text.noDividingLines,
    bad: [code("a.ts", "// ------ helpers"), code("b.ts", "/* ===== */")],
  },
  {
    name: "no check is switched off in a file",
    rule: text.noRuleIsSwitchedOff,
    bad: [code("a.ts", "// oxlint-disable-next-line no-console"), code("b.ts", "// @ts-ignore")],
  },
  {
    name: "no file names a folder of one machine",
    rule: text.noMachinePaths,
    bad: [
      code("a.ts", split('const a = "/ho', 'me/anna/data";')),
      { path: "a.yaml", text: split("dataFolder: /t", "mp/data") },
    ],
  },
];

const syntaxTrials: Trial[] = [
  {
    name: "a function has at most 50 lines",
    rule: syntax.noLongFunctions,
    bad: [
      code("a.ts", `function f() {\n${lines(50)}}`),
      code("b.ts", `const f = () => {\n${lines(50)}};`),
      code("c.tsx", `const f = () => {\n${lines(50)}return <p>a</p>;};`),
    ],
  },
  {
    name: "a function takes at most two parameters and an object",
    rule: syntax.noLongParameterLists,
    bad: [code("a.ts", "function f(a: 1, b: 2, c: 3, d: 4) {}")],
  },
  {
    name: "a test does not sleep for a fixed time",
    rule: syntax.testsDoNotSleep,
    bad: [
      code("a.test.ts", "await sleep(100);"),
      code("b.test.ts", "await new Promise((resolve) => setTimeout(resolve, 100));"),
      code("c.test.ts", 'import { setTimeout as wait } from "node:timers/promises";'),
    ],
  },
  {
    name: "a pattern in toMatchObject is asked",
    rule: syntax.patternsAreAsked,
    bad: [
      code("a.test.ts", 'expect({ a: "b" }).toMatchObject({ a: /b/ });'),
      code("b.test.ts", "expect(a).rejects.toMatchObject({ a: [{ b: /c/u }] });"),
    ],
  },
  {
    name: "every test runs",
    rule: syntax.everyTestRuns,
    bad: [code("a.test.ts", 'test.skip("a rule", () => {});'), code("b.test.ts", "describe.only;")],
  },
];

const service = "services/monitor/src";
const importTrials: Trial[] = [
  {
    name: "imports follow the arrows of the house",
    rule: importsFollowTheArrows,
    bad: [
      // Out of a part by a path, where a package has a name.
      code(`${service}/a.ts`, 'import { pauseMs } from "../../../packages/kit/src/backoff.ts";'),
      // A main.ts, in a test too, and by any kind of import.
      code(`${service}/a.test.ts`, 'import "./main.ts";'),
      code(`${service}/b.test.ts`, 'await import("./main.ts");'),
      code(`${service}/c.test.ts`, 'export { a } from "./main.ts";'),
      // One service from another.
      code("services/notify/src/a.ts", 'import { a } from "@hot-backup/monitor/a.ts";'),
      // A service from a client, and a client from anywhere.
      code("clients/cli/src/a.ts", 'import { a } from "@hot-backup/monitor/a.ts";'),
      code("test/e2e/a.test.ts", 'import { a } from "@hot-backup/cli/a.ts";'),
      // Downwards.
      code("packages/kit/src/a.ts", 'import { a } from "@hot-backup/testbed/a.ts";'),
      code("proto/a.ts", 'import { a } from "@hot-backup/kit/a.ts";'),
      code(`${service}/b.ts`, 'import { a } from "@hot-backup/testbed/a.ts";'),
      // Anything but itself, into a core.
      code(`${service}/core/a.ts`, 'import type { Journal } from "../ports.ts";'),
      code(`${service}/core/b.ts`, 'import { pauseMs } from "@hot-backup/kit/backoff.ts";'),
      code(`${service}/core/c.ts`, 'import { readFileSync } from "node:fs";'),
      // Generated types past convert.ts.
      code(`${service}/store/a.ts`, 'import { A } from "@hot-backup/proto/hotbackup/v1/a.ts";'),
      // What a browser does not have, into the page and what it shares with the gateway.
      code("clients/console/page/a.tsx", 'import { readFileSync } from "node:fs";'),
      code("clients/console/page/b.ts", 'import { a } from "../src/gateway.ts";'),
      code("clients/console/src/view/a.ts", 'import { a } from "../convert.ts";'),
      // An adapter where only a port may be known.
      code(`${service}/loop.ts`, 'import { a } from "./store/journal.ts";'),
    ],
  },
];

const layoutTrials: Trial[] = [
  {
    name: "a file is named after what it exports",
    rule: layout.filesHaveTellingNames,
    bad: [code("src/utils.ts", ""), code("src/index.ts", ""), code("src/types.test.ts", "")],
  },
  {
    name: "names of files and folders are kebab-case",
    rule: layout.namesAreKebabCase,
    bad: [code("src/decisionSwitch.ts", ""), code("src/Flow/run.ts", "")],
  },
  {
    name: "a folder holds two things",
    rule: layout.foldersHoldTwo,
    bad: [code("services/monitor/src/flow/switch.ts", "")],
  },
  {
    name: "every package is under Apache-2.0 and not for npm",
    rule: layout.packagesAreLicensed,
    bad: [manifest({ license: "MIT", private: true })],
  },
  {
    name: "every dependency has one exact version",
    rule: layout.versionsAreExact,
    bad: [manifest({ dependencies: { zod: "^4.6.7" } })],
  },
  {
    name: "every command in a document exists",
    rule: layout.documentedCommandsExist,
    bad: [{ path: "README.md", text: "Then run `npm run missing`." }],
  },
];

const trials = [...textTrials, ...syntaxTrials, ...importTrials, ...layoutTrials];

describe("the house keeps its rules", () => {
  test.each(trials)("$name", ({ rule }) => {
    const broken = rule(tree).map(({ where, message }) => `${where} ${message}`);
    expect(broken).toEqual([]);
  });
});

describe("each rule can fail", () => {
  test.each(trials)("$name", ({ rule, bad }) => {
    for (const sample of bad) {
      expect(rule([sample]), sample.text).not.toEqual([]);
    }
  });
});

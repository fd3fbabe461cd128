// docs/operations.md lists all of something, twice: what services log at level error, and what
// happens when one thing is down. Neither list may be short of the truth, or ahead of it.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Random } from "../sim/kernel/random.ts";
import { drawStrokes } from "./chaos/faults/draw-strokes.ts";
import { readTree } from "./tidy/tree.ts";

const page = readFileSync(new URL("../docs/operations.md", import.meta.url), "utf8");
const tree = readTree();

// What a service is made of.
const sources = tree
  .filter(({ path }) => /^(?:services\/.*|packages\/kit)\/src\/.*\.ts$/.test(path))
  .filter(({ path }) => !/\.(?:test|fixture)\.ts$/.test(path));

/** A call at level error or fatal, up to the message: its last argument, or its only one. */
const complaint =
  /\blog\s*\.(?:error|fatal)\(\s*(?:\{[^}]*\}|[\w.]+),?\s*"(?<message>[^"]+)",?\s*\)/g;
const anyCall = /\.(?:error|fatal)\(/g;

/** The rows below a heading, as cells. */
function rowsBelow(heading: string): string[][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  const lines = body.split("\n").filter((line) => line.startsWith("| "));
  return lines
    .slice(1)
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));
}

const described = rowsBelow("Log lines at level error, and what to do");
const failures = rowsBelow("When one thing is down");

test("every line that is logged at level error is in docs/operations.md, and no other", () => {
  const given = sources.flatMap(({ text }) => {
    return [...text.matchAll(complaint)].map(({ groups }) => groups?.["message"] ?? "");
  });
  const listed = described.map(([message = ""]) => message.replaceAll("`", ""));
  expect([...new Set(given)].toSorted()).toEqual(listed.toSorted());
});

test("no line is logged at level error in a way that this test would not see", () => {
  for (const { path, text } of sources) {
    const all = text.match(anyCall)?.length ?? 0;
    const seen = text.match(complaint)?.length ?? 0;
    expect({ path, seen }).toEqual({ path, seen: all });
    // Where the level is computed it is none of these.
    if (/\blog\[/.test(text)) expect(text, path).not.toMatch(/"(?:error|fatal)"/);
  }
});

test("every such line says what it means and what to do", () => {
  for (const row of described) {
    expect(row, row[0]).toHaveLength(4);
    expect(row[1], row[0]).toMatch(/^(?:any|heartbeat|monitor|channels|notify)$/);
    for (const cell of row.slice(2)) expect(cell.length, row[0]).toBeGreaterThan(8);
  }
});

test("each thing that can be down is in a row, with tests that exist", () => {
  const texts = new Map(tree.map(({ path, text }) => [path, text]));
  const kinds = kindsOfChaos();
  expect(failures.length).toBeGreaterThan(15);
  for (const [what, , , shownBy = ""] of failures) {
    const named = [...shownBy.matchAll(/`(?<file>[^`]+)`: (?<names>(?:"[^"]+"(?:, )?)+)/g)];
    expect(named.length, what).toBeGreaterThan(0);
    for (const { groups } of named) {
      const { file = "", names = "" } = groups ?? {};
      for (const [, name = ""] of names.matchAll(/"([^"]+)"/g)) {
        if (file === "npm run chaos") expect(kinds, what).toContain(name);
        else expect(texts.get(file), `${what}: ${file}`).toContain(`("${name}"`);
      }
    }
  }
});

test("every kind of fault that chaos strikes one thing with is in a row", () => {
  const named = failures.map(([, , , shownBy]) => shownBy).join("\n");
  const single = /^(?:killed|frozen) \w+ \w+$|^full disk|^SMTP down$/;
  const untold = [...kindsOfChaos()].filter((kind) => single.test(kind) && !named.includes(kind));
  expect(untold).toEqual([]);
});

function kindsOfChaos(): ReadonlySet<string> {
  const place = { network: "namespaces", hasDisks: true, because: "" } as const;
  const seeds = Array.from({ length: 1000 }, (_, seed) => seed);
  return new Set(
    seeds.flatMap((seed) => drawStrokes(new Random(seed), place).map(({ stroke }) => stroke.kind)),
  );
}

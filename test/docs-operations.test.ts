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
  .filter(({ path }) => /^(?:services\/.*|packages\/kit|clients\/console)\/src\/.*\.ts$/.test(path))
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
  const unseen = sources.filter(({ text }) => {
    const isAllSeen = text.match(anyCall)?.length === text.match(complaint)?.length;
    // Where a level is computed it is none of these.
    const isComputed = /\blog\[/.test(text) && /"(?:error|fatal)"/.test(text);
    return !isAllSeen || isComputed;
  });
  expect(unseen.map(({ path }) => path)).toEqual([]);
});

test("every such line says what it means and what to do", () => {
  for (const row of described) {
    expect(row, row[0]).toHaveLength(4);
    expect(row[1], row[0]).toMatch(/^(?:any|heartbeat|monitor|channels|notify|console)$/);
    for (const cell of row.slice(2)) expect(cell.length, row[0]).toBeGreaterThan(8);
  }
});

test("each thing that can be down is in a row, with tests that exist", () => {
  expect(failures.length).toBeGreaterThan(15);
  const texts = new Map(tree.map(({ path, text }) => [path, text]));
  const kinds = kindsOfChaos();
  const exists = (file: string, name: string) =>
    file === "npm run chaos" ? kinds.has(name) : texts.get(file)?.includes(`("${name}"`) === true;
  const shown = failures.map(([what = "", , , cell = ""]) => {
    const places = [...cell.matchAll(/`([^`]+)`: ((?:"[^"]+"(?:, )?)+)/g)];
    const names = places.flatMap(([, file = "", list = ""]) => {
      return [...list.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => ({ file, name }));
    });
    return { what, names };
  });
  expect(shown.filter(({ names }) => names.length === 0)).toEqual([]);
  const missing = shown.flatMap(({ what, names }) => {
    return names.flatMap(({ file, name }) => (exists(file, name) ? [] : [{ what, file, name }]));
  });
  expect(missing).toEqual([]);
});

test("every kind of fault that chaos strikes one thing with is in a row", () => {
  const named = failures.map(([, , , shownBy]) => shownBy).join("\n");
  const single = /^(?:killed|frozen) \w+ \w+$|^full disk|^SMTP down$/;
  const untold = [...kindsOfChaos()].filter((kind) => single.test(kind) && !named.includes(kind));
  expect(untold).toEqual([]);
});

test("every field, state and line of log that the page says to watch exists", () => {
  const contracts = tree.filter(({ path }) => /^proto\/hotbackup\/.*\.proto$/.test(path));
  const contract = contracts.map(({ text }) => text).join("\n");
  const code = sources.map(({ text }) => text).join("\n");
  const cells = rowsBelow("Watch").flatMap(([, how = "", when = ""]) => [how, when]);
  const words = cells.flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word),
  );
  const messages = words.filter((word) => /^[A-Z][a-z ]/.test(word));
  const fields = words.filter((word) => /^[a-z_]+$|^[A-Z_]+$/.test(word));
  expect(messages.length + fields.length).toBe(words.length);
  const methods = cells.join("\n").match(/\b(?:List|Watch|Get|Explain)[A-Z]\w+/g) ?? [];
  expect(messages.filter((message) => !code.includes(`"${message}"`))).toEqual([]);
  expect(fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(contract))).toEqual([]);
  expect(methods.filter((method) => !contract.includes(`rpc ${method}(`))).toEqual([]);
});

function kindsOfChaos(): ReadonlySet<string> {
  const place = { network: "namespaces", hasDisks: true, because: "" } as const;
  const seeds = Array.from({ length: 1000 }, (_, seed) => seed);
  return new Set(
    seeds.flatMap((seed) => drawStrokes(new Random(seed), place).map(({ stroke }) => stroke.kind)),
  );
}

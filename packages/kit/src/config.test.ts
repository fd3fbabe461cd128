import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  checkConfig,
  ConfigError,
  inspectConfig,
  parseConfigSource,
  readConfigSource,
} from "./config.ts";
import { fileBytesMax } from "./config-text.ts";

const schema = z.strictObject({
  first: z.number("must be a number"),
  second: z.number("must be a number"),
});

function parse(text: string, environment: NodeJS.ProcessEnv = {}) {
  return parseConfigSource(text, { file: "a.yaml", environment });
}

test("a text is told under the name it was given", () => {
  const source = parse("first: 1\nsecond: x\n");
  const problem = { where: "a.yaml:2:1", key: "second", message: "must be a number" };
  expect(inspectConfig(source, schema)).toEqual({ value: undefined, problems: [problem] });
});

test("a sound text has a value and no problems", () => {
  const source = parse("first: 1\nsecond: 2\n");
  expect(inspectConfig(source, schema)).toEqual({ value: { first: 1, second: 2 }, problems: [] });
});

test("problems come in the order of their lines, whatever order they were found in", () => {
  const source = parse(`${"\n".repeat(8)}third: 3\nsecond: x\nfirst: y\n`);
  const places = inspectConfig(source, schema).problems.map(({ where }) => where);
  expect(places).toEqual(["a.yaml:9:1", "a.yaml:10:1", "a.yaml:11:1"]);
});

test("checking tells every problem in one error", () => {
  const check = () => checkConfig(parse("first: x\n"), schema);
  expect(check).toThrow(ConfigError);
  expect(check).toThrow(
    "a.yaml:1:1: first: must be a number\na.yaml:1:1: second: must be a number",
  );
});

test("a problem that the environment brought names its variable", () => {
  const source = parse("first: 1\nsecond: 2\n", { HOT_BACKUP__SECOND: "x" });
  expect(inspectConfig(source, schema).problems[0]?.where).toBe("HOT_BACKUP__SECOND");
});

test("a text that is no YAML is refused at the place of the fault", () => {
  expect(() => parse("first: 1\nfirst: 2\n")).toThrow("a.yaml:2:1: Map keys must be unique");
});

// A configuration like a service's: nested keys, a list, and a key that must be there.
const nested = z.strictObject({
  server: z.string("must be a server id"),
  monitor: z.strictObject({
    threshold: z.string("must be a duration").optional(),
    stopBudget: z.number("must be a number").optional(),
    servers: z.array(z.strictObject({ id: z.string("must be an id") })).default([]),
  }),
});

function problemsOf(text: string, environment: NodeJS.ProcessEnv = {}): string[] {
  try {
    checkConfig(parse(text, environment), nested);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split("\n");
  }
}

describe("every kind of problem names its place", () => {
  test.each([
    [
      "a wrong value, by its key",
      "server: a\nmonitor:\n  threshold: 5\n",
      "a.yaml:3:3: monitor.threshold: must be a duration",
    ],
    [
      "a wrong value in a list, by its key",
      "server: a\nmonitor:\n  servers:\n    - id: b\n    - id: 7\n",
      "a.yaml:5:7: monitor.servers.1.id: must be an id",
    ],
    [
      "a missing key, by the nearest key above it",
      "server: a\nmonitor:\n  servers:\n    - {}\n",
      "a.yaml:4:7: monitor.servers.0.id: must be an id",
    ],
    ["a missing key at the top, by the file's first line", "monitor: {}\n", "a.yaml:1:1: server:"],
    [
      "an unknown key, by itself",
      "server: a\nmonitor:\n  treshold: 1s\n",
      "a.yaml:3:3: monitor.treshold: no such key",
    ],
    ["a list at the top", "- a\n", "a.yaml:1:1: must be a map of keys"],
    ["a plain value at the top", "a\n", "a.yaml:1:1: must be a map of keys"],
    ["an empty file", "", "a.yaml:1:1: server: must be a server id"],
    ["a key given twice", "server: a\nserver: b\n", "a.yaml:2:1: Map keys must be unique"],
    ["a broken indent", "server: a\n monitor: {}\n", "a.yaml:1:9: Nested mappings"],
    ["an open bracket", "server: [a\n", "a.yaml:2:1: Flow sequence in block collection"],
    ["a name that nothing has", "server: *nobody\n", 'a.yaml:1:9: "*nobody" refers to nothing'],
    ["a second document", "server: a\n---\nserver: b\n", "a.yaml:2:1: Source contains multiple"],
  ])("%s", (_, text, problem) => {
    expect(problemsOf(text)[0]).toContain(problem);
  });
});

test("several problems come at once, in the order of the file", () => {
  const text = "monitor:\n  treshold: 1s\n  threshold: 5\n  servers:\n    - id: 7\nserver: 1\n";
  expect(problemsOf(text)).toEqual([
    "a.yaml:2:3: monitor.treshold: no such key",
    "a.yaml:3:3: monitor.threshold: must be a duration",
    "a.yaml:5:7: monitor.servers.0.id: must be an id",
    "a.yaml:6:1: server: must be a server id",
  ]);
});

test("several faults of the YAML itself come at once", () => {
  expect(problemsOf("server: a\nserver: b\nmonitor: {}\nmonitor: {}\n")).toEqual([
    "a.yaml:2:1: Map keys must be unique",
    "a.yaml:4:1: Map keys must be unique",
  ]);
});

describe("what no honest file holds is refused before it costs anything", () => {
  const deep = ": is nested too deep: 64 levels are the most";
  test.each([
    ["brackets in brackets", `server: ${"[".repeat(10_000)}`, deep],
    ["maps in maps", `server: ${"{a: ".repeat(3000)}1${"}".repeat(3000)}`, deep],
    ["lists in lists on one line", `server: a\nmonitor:\n  ${"- ".repeat(5000)}1`, deep],
    ["keys of keys", `${"? ".repeat(5000)}a`, deep],
    [
      "an indent on an indent",
      Array.from({ length: 200 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      deep,
    ],
    ["an indent that only deep nesting has", `server:\n${" ".repeat(300)}a`, deep],
    [
      "many anchors",
      Array.from({ length: 2000 }, (_, index) => `k${index}: &a${index} 1`).join("\n"),
      "a.yaml:101:",
    ],
    ["many aliases", `server: &a a\nmonitor: [${"*a, ".repeat(2000)}]`, "a.yaml:2:"],
    ["a list that holds itself", "server: &a [*a]", '"*a" refers to what it is part of'],
    ["a key that is a list", "[server]: a", "a.yaml:1:1: a key must be a plain word"],
  ])("%s", (_, text, problem) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test("a file of twenty thousand keys takes seconds, not minutes", () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join("\n");
    const problems = problemsOf(text);
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toMatch(/^… and \d+ more problems$/);
  });
});

test("brackets and stars inside texts and comments nest nothing", () => {
  const text = `server: "${"[".repeat(200)}" # ${"{".repeat(200)}\nmonitor: {}\n`;
  expect(parse(text).value).toMatchObject({ monitor: {} });
});

test("a value that unfolds without end is refused, not unfolded", () => {
  const levels = ["level0: &level0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level += 1) {
    const below = Array(10)
      .fill(`*level${level - 1}`)
      .join(", ");
    levels.push(`level${level}: &level${level} [${below}]`);
  }
  expect(problemsOf(levels.join("\n"))[0]).toMatch(/^a\.yaml: Excessive alias count/);
});

describe("the environment", () => {
  const text = "server: a\nmonitor:\n  threshold: 1s\n  servers:\n    - id: b\n";
  const read = (environment: NodeJS.ProcessEnv) => checkConfig(parse(text, environment), nested);

  test("overrides a key of the file, and one that the file does not have", () => {
    const environment = {
      HOT_BACKUP__SERVER: "c",
      HOT_BACKUP__MONITOR__THRESHOLD: "2s",
      HOT_BACKUP__MONITOR__STOP_BUDGET: "7",
    };
    expect(read(environment)).toEqual({
      server: "c",
      monitor: { threshold: "2s", stopBudget: 7, servers: [{ id: "b" }] },
    });
  });

  test("reaches into a list by number, and gives whole lists as YAML", () => {
    expect(read({ HOT_BACKUP__MONITOR__SERVERS__0__ID: "c" }).monitor.servers).toEqual([
      { id: "c" },
    ]);
    expect(
      read({ HOT_BACKUP__MONITOR__SERVERS: "[{ id: c }, { id: d }]" }).monitor.servers,
    ).toEqual([{ id: "c" }, { id: "d" }]);
  });

  test("changes nothing by variables of other programs", () => {
    expect(read({ PATH: "x", HOT_BACKUP: "x", HOT_BACKUP_TERM: "7" })).toEqual(read({}));
  });

  test.each([
    ["a wrong value", { HOT_BACKUP__MONITOR__THRESHOLD: "5" }, "HOT_BACKUP__MONITOR__THRESHOLD"],
    ["an unknown key", { HOT_BACKUP__MONITOR__TRESHOLD: "5s" }, "HOT_BACKUP__MONITOR__TRESHOLD"],
    [
      "a wrong value inside a list it gave",
      { HOT_BACKUP__MONITOR__SERVERS: "[{ id: b }, { id: 7 }]" },
      "HOT_BACKUP__MONITOR__SERVERS",
    ],
    ["what is no YAML", { HOT_BACKUP__SERVER: "[a" }, "HOT_BACKUP__SERVER"],
    ["a key below a plain value", { HOT_BACKUP__SERVER__NAME: "a" }, "HOT_BACKUP__SERVER__NAME"],
    ["an empty name", { HOT_BACKUP__: "a" }, "HOT_BACKUP__"],
  ])("is named as the place of %s", (_, environment, name) => {
    expect(problemsOf(text, environment)).toEqual([expect.stringMatching(`^${name}: `)]);
  });

  test("tells each of its faults at once", () => {
    const environment = { HOT_BACKUP__SERVER: "[a", HOT_BACKUP__MONITOR__THRESHOLD: "[b" };
    expect(problemsOf(text, environment)).toHaveLength(2);
  });
});

test("a file that cannot be read is told by its name and the reason", () => {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-config-"));
  try {
    const missing = join(folder, "missing.yaml");
    expect(() => readConfigSource(missing, {})).toThrow(`${missing}: cannot be read: ENOENT`);
    expect(() => readConfigSource(folder, {})).toThrow(`${folder}: cannot be read: EISDIR`);
    const latin1 = join(folder, "latin1.yaml");
    writeFileSync(latin1, Buffer.from("server: caf\u00e9", "latin1"));
    expect(() => readConfigSource(latin1, {})).toThrow(`${latin1}: cannot be read: it is no UTF-8`);
    const huge = join(folder, "huge.yaml");
    writeFileSync(huge, "");
    truncateSync(huge, fileBytesMax + 1);
    expect(() => readConfigSource(huge, {})).toThrow(`${huge}: cannot be read: more than 16777216`);
    const present = join(folder, "present.yaml");
    writeFileSync(present, "\ufeffserver: a\r\n");
    expect(readConfigSource(present, {}).value).toEqual({ server: "a" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

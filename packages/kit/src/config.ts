// Reads one section of a server instance's YAML file into a checked value. Every problem is told at
// once, with file, line and column, or with the environment variable that brought it.
//
// An environment variable HOT_BACKUP__MONITOR__LISTEN overrides the key monitor.listen: segments
// are divided by two underscores, and words inside a segment by one (STOP_BUDGET is stopBudget).
// Its value is read as YAML.

import { readFileSync } from "node:fs";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";

type Path = readonly PropertyKey[];

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** "file:line:column", or the name of an environment variable. */
  readonly where: string;
  /** Dotted path of the key, or "" for the whole file. */
  readonly key: string;
  readonly message: string;
}

/** A configuration that cannot be used. Ends a service with exit code 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(printProblem).join("\n"));
    this.problems = problems;
  }
}

/** A YAML file with its environment overrides, not yet checked against a schema. */
export interface ConfigSource {
  readonly file: string;
  readonly value: unknown;
  /**
   * "file:line:column" of a key, of its nearest parent, or the environment variable that set it.
   */
  locate(path: Path): string;
}

/**
 * Reads a YAML file. Throws ConfigError when it is unreadable or no YAML; duplicate keys are errors
 * too.
 */
export function readConfigSource(file: string, environment: NodeJS.ProcessEnv): ConfigSource {
  return parseConfigSource(readText(file), { file, environment });
}

/** Like readConfigSource, for a text at hand; problems are told under the name `file`. */
export function parseConfigSource(
  text: string,
  options: { file: string; environment: NodeJS.ProcessEnv },
): ConfigSource {
  const { file, environment } = options;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => ({
        where: place(error.pos[0]),
        key: "",
        message: error.message.split("\n")[0] ?? error.message,
      })),
    );
  }
  const overrides = applyEnvironment(document, environment);
  return {
    file,
    value: toValue(document, file),
    locate: (path) => overrides.get(path.join(".")) ?? place(offsetOf(document, path)),
  };
}

/** Checks a source against a schema. Throws ConfigError with every problem. */
export function checkConfig<T>(source: ConfigSource, schema: z.ZodType<T>): T {
  const result = schema.safeParse(source.value, { reportInput: false });
  if (result.success) return result.data;
  throw new ConfigError(toProblems(source, result.error));
}

/** Like checkConfig, for a caller with problems of its own to add: no value where there are any. */
export function inspectConfig<T>(
  source: ConfigSource,
  schema: z.ZodType<T>,
): { readonly value: T | undefined; readonly problems: readonly ConfigProblem[] } {
  const result = schema.safeParse(source.value, { reportInput: false });
  if (result.success) return { value: result.data, problems: [] };
  return { value: undefined, problems: toProblems(source, result.error) };
}

/** Problems in the order of their places, so that a reader goes through a file once. */
export function sortProblems(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted((a, b) => compareWhere(a.where, b.where));
}

function toProblems(source: ConfigSource, error: z.ZodError): readonly ConfigProblem[] {
  return sortProblems(error.issues.flatMap((issue) => describe(source, issue)));
}

function describe(source: ConfigSource, issue: z.core.$ZodIssue): ConfigProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { where: source.locate(path), key: path.join("."), message: "no such key" };
    });
  }
  const key = issue.path.join(".");
  return [{ where: source.locate(issue.path), key, message: issue.message }];
}

function printProblem({ where, key, message }: ConfigProblem): string {
  return key === "" ? `${where}: ${message}` : `${where}: ${key}: ${message}`;
}

// By line and column as numbers: "9:1" comes before "10:1".
function compareWhere(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ where: file, key: "", message: `cannot be read: ${reason}` }]);
  }
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ where: file, key: "", message: reason }]);
  }
}

const prefix = "HOT_BACKUP__";

function applyEnvironment(
  document: Document,
  environment: NodeJS.ProcessEnv,
): ReadonlyMap<string, string> {
  const overrides = new Map<string, string>();
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || text === undefined) continue;
    const path = name.slice(prefix.length).split("__").map(toKey);
    const value = parseDocument(text);
    if (value.errors.length > 0 || path.includes("")) {
      throw new ConfigError([{ where: name, key: path.join("."), message: "is not a YAML value" }]);
    }
    setIn(document, path, { value: value.toJS(), name });
    overrides.set(path.join("."), name);
  }
  return overrides;
}

function setIn(document: Document, path: string[], given: { value: unknown; name: string }): void {
  try {
    document.setIn(path, given.value);
  } catch {
    throw new ConfigError([
      { where: given.name, key: path.join("."), message: "its parent key holds a plain value" },
    ]);
  }
}

// STOP_BUDGET to stopBudget; 0 stays 0, an index of a list.
function toKey(segment: string): string {
  return segment.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

// The offset of the key itself, or of the nearest parent that exists.
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const key = path[length - 1];
    const parent =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((each) => isScalar(each.key) && each.key.value === key);
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

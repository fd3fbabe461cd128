// Reads one section of a server instance's YAML file into a checked value. Every problem is told at
// once, with file, line and column, or with the environment variable that brought it.
// Environment variables override keys: see config-environment.ts.

import { readFileSync } from "node:fs";
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLParseError,
} from "yaml";
import type { z } from "zod";
import { applyEnvironment, type ConfigProblem, maxAliasCount } from "./config-environment.ts";

export type { ConfigProblem };

type Path = readonly PropertyKey[];

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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const faults = [...document.errors.map(toFault), ...findDanglingAliases(document)];
  if (faults.length > 0) {
    throw new ConfigError(
      faults.map(({ offset, message }) => ({ where: place(offset), key: "", message })),
    );
  }
  const overrides = applyEnvironment(document, environment);
  if (overrides.problems.length > 0) throw new ConfigError(overrides.problems);
  return {
    file,
    value: toValue(document, file),
    locate: (path) => overrides.variableOf(path) ?? place(offsetOf(document, path)),
  };
}

/** What is wrong with a text before it is a value. */
interface Fault {
  readonly offset: number;
  readonly message: string;
}

function toFault(error: YAMLParseError): Fault {
  return { offset: error.pos[0], message: error.message };
}

// The parser leaves them for whoever asks for their value, and tells no place then.
function findDanglingAliases(document: Document): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const message = `"*${alias.source}" refers to nothing above it`;
      faults.push({ offset: alias.range?.[0] ?? 0, message });
    },
  });
  return faults;
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
    return document.toJS({ maxAliasCount }) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ where: file, key: "", message: reason }]);
  }
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

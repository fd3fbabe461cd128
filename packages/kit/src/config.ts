// Reads one section of a server instance's YAML file into a checked value. Every problem is told at
// once, with file, line and column, or with the environment variable that brought it.
// Environment variables override keys: see config-environment.ts.

import { type Document, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { applyEnvironment, type ConfigProblem, maxAliasCount } from "./config-environment.ts";
import { explainIssue } from "./config-messages.ts";
import { createPlaces, type Path } from "./config-places.ts";
import { type Fault, findAmbiguities, findExcess, readConfigText } from "./config-text.ts";

export type { ConfigProblem };

/** Most problems in one message: whoever has more corrects the first ones first. */
const problemsToldMax = 100;

/** Most characters of a place, of a key, and of what is wrong with it. */
const charactersToldMax = 300;

/** A configuration that cannot be used. Ends a service with exit code 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const told = problems.slice(0, problemsToldMax).map(printProblem);
    const untold = problems.length - told.length;
    super([...told, ...(untold > 0 ? [`… and ${untold} more problems`] : [])].join("\n"));
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
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const document = parse(text, { lines, place });
  const overrides = applyEnvironment(document, environment);
  if (overrides.problems.length > 0) throw new ConfigError(overrides.problems);
  const offsetOf = createPlaces(document);
  return {
    file,
    value: toValue(document, file),
    locate: (path) => overrides.variableOf(path) ?? place(offsetOf(path)),
  };
}

// Keys given twice are looked for apart from the parser, which compares each one with every other.
function parse(
  text: string,
  { lines, place }: { lines: LineCounter; place: (offset: number) => string },
): Document {
  const refuse = (faults: readonly Fault[]) => {
    const problems = faults.map(({ offset, message }) => {
      return { where: place(offset), key: "", message };
    });
    if (problems.length > 0) throw new ConfigError(problems);
  };
  const excess = findExcess(text);
  if (excess !== undefined) {
    for (const { index } of text.matchAll(/^/gm)) lines.addNewLine(index);
    refuse([excess]);
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: "error",
  });
  refuse(document.errors.map(({ pos, message }) => ({ offset: pos[0], message })));
  refuse(findAmbiguities(document));
  return document;
}

/** Checks a source against a schema. Throws ConfigError with every problem. */
export function checkConfig<T>(source: ConfigSource, schema: z.ZodType<T>): T {
  const result = schema.safeParse(source.value, { error: explainIssue });
  if (result.success) return result.data;
  throw new ConfigError(toProblems(source, result.error));
}

/** Like checkConfig, for a caller with problems of its own to add: no value where there are any. */
export function inspectConfig<T>(
  source: ConfigSource,
  schema: z.ZodType<T>,
): { readonly value: T | undefined; readonly problems: readonly ConfigProblem[] } {
  const result = schema.safeParse(source.value, { error: explainIssue });
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

// All three may repeat what the file says, of any length.
function printProblem({ where, key, message }: ConfigProblem): string {
  return [shorten(where), ...(key === "" ? [] : [shorten(key)]), shorten(message)].join(": ");
}

function shorten(text: string): string {
  if (text.length <= charactersToldMax) return text;
  return `${text.slice(0, charactersToldMax)}…`.toWellFormed();
}

const collator = new Intl.Collator("en", { numeric: true });

// By line and column as numbers: "9:1" comes before "10:1".
function compareWhere(a: string, b: string): number {
  return collator.compare(a, b);
}

function readText(file: string): string {
  try {
    return readConfigText(file);
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

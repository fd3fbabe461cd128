// Environment variables over a configuration file. HOT_BACKUP__MONITOR__LISTEN overrides the key
// monitor.listen: segments are divided by two underscores, and words inside a segment by one
// (STOP_BUDGET is stopBudget). A value is read as YAML.

import { type Document, parse } from "yaml";

const prefix = "HOT_BACKUP__";

/** Most values that aliases may unfold to: no honest configuration comes near. */
export const maxAliasCount = 100;

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** "file:line:column", or the name of an environment variable. */
  readonly where: string;
  /** Dotted path of the key, or "" for the whole file. */
  readonly key: string;
  readonly message: string;
}

/** What the environment has changed in a document. */
interface Overrides {
  readonly problems: readonly ConfigProblem[];
  /** The variable that set a key, or one above it. Absent: the file did. */
  variableOf(path: readonly PropertyKey[]): string | undefined;
}

/**
 * Changes the document as the environment says. A variable that cannot be followed is a problem.
 */
export function applyEnvironment(document: Document, environment: NodeJS.ProcessEnv): Overrides {
  const names = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || text === undefined) continue;
    const path = name.slice(prefix.length).split("__").map(toKey);
    const key = path.join(".");
    const message = override(document, path, text);
    if (message === undefined) names.set(key, name);
    else problems.push({ where: name, key, message });
  }
  return { problems, variableOf: (path) => variableOf(names, path) };
}

/** Sets one key. Tells why it cannot, if it cannot. */
function override(document: Document, path: string[], text: string): string | undefined {
  if (path.includes("")) return "is not the name of a key";
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount, logLevel: "error" });
  } catch {
    return "is not a YAML value";
  }
  try {
    document.setIn(path, value);
    return undefined;
  } catch {
    return "its parent key holds a plain value";
  }
}

function variableOf(
  names: ReadonlyMap<string, string>,
  path: readonly PropertyKey[],
): string | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const name = names.get(path.slice(0, length).join("."));
    if (name !== undefined) return name;
  }
  return undefined;
}

// STOP_BUDGET to stopBudget; 0 stays 0, an index of a list.
function toKey(segment: string): string {
  return segment.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

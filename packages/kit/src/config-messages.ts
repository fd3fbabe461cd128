// What a schema says where its author has said nothing: in words of operators, not of programs.

import type { z } from "zod";

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map of keys",
  record: "a map of keys",
  array: "a list",
};

const measures: Readonly<Record<string, string>> = {
  string: " characters long",
  array: " entries long",
};

/** The message for an issue that has none of its own. */
export function explainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type": {
      const kind = `must be ${kinds[issue.expected] ?? `of the kind ${issue.expected}`}`;
      return issue.input === undefined ? `is missing: ${kind}` : kind;
    }
    case "too_small":
      return `must be at least ${issue.minimum}${measures[issue.origin] ?? ""}`;
    case "too_big":
      return `must be at most ${issue.maximum}${measures[issue.origin] ?? ""}`;
    case "invalid_value":
      return `must be one of ${issue.values.map((each) => JSON.stringify(each)).join(", ")}`;
    case "invalid_union":
      return "is none of the values that are possible here";
    case "invalid_key":
      return "has a key that is not possible here";
    case "invalid_format":
    case "not_multiple_of":
    case "unrecognized_keys":
    case "invalid_element":
    case "custom":
      return undefined;
  }
}

// What is wrong with the values of a template, by their paths.

import type { z } from "zod";
import type { Problem } from "../core/email.ts";

export function toProblems(error: z.ZodError): readonly Problem[] {
  return error.issues.map((issue) => ({
    field: issue.path.map(String).reduce(joinPath, ""),
    description: issue.message,
  }));
}

// steps, 0, kind to "steps[0].kind".
function joinPath(path: string, key: string): string {
  if (/^\d+$/.test(key)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

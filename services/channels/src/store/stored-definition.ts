// A definition as the store keeps it: JSON that this program wrote from a checked definition, but
// that a person or a faulty disk may have changed since.

import { z } from "zod";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { Definition } from "../core/definition.ts";

const command = z.array(z.string()).min(1);

const schema = z.object({
  name: z.string(),
  protectedBy: z.string().optional(),
  runtime: z.object({
    kind: z.literal("process"),
    command,
    environment: z.record(z.string(), z.string()),
    workingDirectory: z.string(),
    user: z.string(),
  }),
  readiness: z.object({
    check: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("none") }),
      z.object({ kind: z.literal("tcp"), address: z.string() }),
      z.object({ kind: z.literal("http"), url: z.string() }),
      z.object({ kind: z.literal("command"), command }),
    ]),
    timeoutMs: z.number(),
    intervalMs: z.number(),
  }),
  stop: z.object({ signal: z.string(), timeoutMs: z.number() }),
  restart: z.object({
    attemptsMax: z.number(),
    backoffMs: z.number(),
    backoffMaxMs: z.number(),
    stableAfterMs: z.number(),
  }),
});

export function writeDefinition(definition: Definition): string {
  return JSON.stringify(definition);
}

/** Throws a Failure that names the channel when the text is no definition. */
export function readDefinition(name: string, text: string): Definition {
  try {
    const definition = schema.parse(JSON.parse(text));
    // What is undefined is not in the text.
    return { ...definition, protectedBy: definition.protectedBy };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Failure("internal", {
      message: `Cannot read the definition of channel "${name}" in the store: ${why}`,
      reason: "STORE_DAMAGED",
      cause: error,
    });
  }
}

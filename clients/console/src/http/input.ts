// Reads what a request brings, and refuses all that it should not.

import {
  channelNameOrPrefixPattern,
  channelNamePattern,
  serverIdPattern,
} from "@hot-backup/kit/config-fields.ts";
import { Failure, invalidInput } from "@hot-backup/kit/errors.ts";
import { z } from "zod";
import type { Asked } from "./env.ts";

/** Largest body: a file of channel definitions. */
export const bodyBytesMax = 512 * 1024;

const reasonMessage = "must be one line of 1 to 1024 characters";

/** Why something is done: it is kept in the history. */
export const reason = z
  .string(reasonMessage)
  .trim()
  .min(1, reasonMessage)
  .max(1024, reasonMessage)
  .refine((text) => !/[\r\n]/.test(text), reasonMessage);

/** A filter by server. "": all. */
export const serverFilter = z.string().regex(serverIdPattern, "must be a server id").optional();

export const channelName = z.string().regex(channelNamePattern, "must be a channel name");

export const channelNames = z
  .array(
    z.string().regex(channelNameOrPrefixPattern, "must be a channel name, or a prefix such as a*"),
    "must be a list of channel names",
  )
  .min(1, "must name a channel")
  .max(1000, "must be at most 1000 names");

/** What a list asks for with each page. */
const paging = {
  page: z.string().max(1000).default(""),
  size: z.coerce.number().int().min(1).max(1000).default(100),
};

/** A query of a list, with what it is filtered by. */
export function listQuery<Shape extends z.ZodRawShape>(filter: Shape) {
  return z.strictObject({ ...paging, ...filter });
}

/** The body as this schema has it. Throws INVALID_INPUT. */
export async function readBody<Body>(asked: Asked, schema: z.ZodType<Body>): Promise<Body> {
  return check(schema, await readJson(asked));
}

/** The query as this schema has it. Throws INVALID_INPUT. */
export function readQuery<Query>(asked: Asked, schema: z.ZodType<Query>): Query {
  return check(schema, asked.req.query());
}

/** A server id of the path. Throws INVALID_INPUT. */
export function readServer(asked: Asked, name: "server" | "monitor" | "notify"): string {
  const given = asked.req.param(name) ?? "";
  if (serverIdPattern.test(given)) return given;
  throw invalidInput([{ field: name, description: "must be a server id" }]);
}

async function readJson(asked: Asked): Promise<unknown> {
  const text = await asked.req.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure("invalid_input", {
      message: "Bad input: the body is no JSON",
      reason: "INVALID_INPUT",
      violations: [{ field: "", description: "must be JSON" }],
      cause: error,
    });
  }
}

function check<Value>(schema: z.ZodType<Value>, given: unknown): Value {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw invalidInput(
    result.error.issues.flatMap((issue) => {
      if (issue.code !== "unrecognized_keys") {
        return [{ field: issue.path.join("."), description: issue.message }];
      }
      return issue.keys.map((key) => {
        return { field: [...issue.path, key].join("."), description: "no such field" };
      });
    }),
  );
}

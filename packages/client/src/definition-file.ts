// Definition files, as the channels service reads them at its start, as requests. Their bounds are
// checked by the service that gets them; here only the shape is.

import { posix } from "node:path";
import {
  checkConfig,
  ConfigError,
  type ConfigSource,
  parseConfigSource,
  readConfigSource,
} from "@hot-backup/kit/config.ts";
import { duration, serverId } from "@hot-backup/kit/config-fields.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import {
  Activation,
  ChannelDefinition,
  type Readiness,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { z } from "zod";

/** One channel of a file. */
export interface FileDefinition {
  readonly definition: ChannelDefinition;
  /** Undefined: what is usual for the server that gets it. */
  readonly activation: Activation | undefined;
  /**
   * "file:line:column" of what a service says about a field of this definition, such as
   * "definition.process.command[0]"; of the nearest thing above it where the file has no such key.
   */
  readonly locate: (field: string) => string;
}

// The service has a bound of its own for each.
const span = duration({ minMs: 0, maxMs: 30 * 86_400_000 })
  .transform(toDuration)
  .optional();

const command = z.array(z.string("must be a text"), "must be a list of program and arguments");

const channelSchema = z.strictObject({
  name: z.string("must be a channel name"),
  protectedBy: serverId.optional(),
  activation: z.enum(["active", "inactive"]).optional(),
  process: z.strictObject(
    {
      command,
      environment: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
        .default({}),
      workingDirectory: z.string().optional(),
      user: z.union([z.string(), z.number()]).transform(String).optional(),
    },
    "must be given: it says what to run",
  ),
  readiness: z
    .strictObject({
      tcp: z.string().optional(),
      http: z.string().optional(),
      command: command.optional(),
      timeout: span,
      interval: span,
    })
    .refine(
      ({ tcp, http, command: program }) =>
        [tcp, http, program].filter((each) => each !== undefined).length <= 1,
      "must have one of tcp, http and command at most",
    )
    .default({}),
  stop: z.strictObject({ signal: z.string().optional(), timeout: span }).default({}),
  restart: z
    .strictObject({
      attempts: z.int().min(0).optional(),
      backoff: span,
      backoffMax: span,
      stableAfter: span,
    })
    .default({}),
});
type FileChannel = z.infer<typeof channelSchema>;

const fileSchema = z.strictObject({
  channels: z.array(channelSchema, "must be a list of channels"),
});

/**
 * Reads a file. Throws ConfigError with everything that is wrong in its shape.
 * @param base absolute folder on the server from which relative working directories start
 */
export function readDefinitions(file: string, base: string | undefined): FileDefinition[] {
  return checkDefinitions(readConfigSource(file, {}), base);
}

/** Like readDefinitions, for a text at hand; relative folders are refused. */
export function parseDefinitions(text: string, name: string): FileDefinition[] {
  return checkDefinitions(parseConfigSource(text, { file: name, environment: {} }), undefined);
}

function checkDefinitions(source: ConfigSource, base: string | undefined): FileDefinition[] {
  const { channels } = checkConfig(source, fileSchema);
  return channels.map((channel, index) => ({
    definition: toDefinition(channel, placeOf(channel, { source, index, base })),
    activation: channel.activation && activations[channel.activation],
    locate: (field) => source.locate(["channels", index, ...pathOf(field)]),
  }));
}

const activations = {
  active: Activation.ACTIVATION_ACTIVE,
  inactive: Activation.ACTIVATION_INACTIVE,
} as const;

/**
 * As the channels service does with the same file: a server runs what it protects or owns alone,
 * and keeps the channels of others ready.
 */
export function usualActivation(protectedBy: string, server: string): Activation {
  const isOwn = protectedBy === "" || protectedBy === server;
  return isOwn ? Activation.ACTIVATION_ACTIVE : Activation.ACTIVATION_INACTIVE;
}

// Fields of the contract are written in the file as in code: attempts_max is attemptsMax there.
function pathOf(field: string): (string | number)[] {
  const words = field.replace(/^definition\./, "").split(/[.[\]]+/);
  return words
    .filter((each) => each !== "")
    .map((each) => (/^\d+$/.test(each) ? Number(each) : camelCaseOf(each)))
    .map((each) => (each === "attemptsMax" ? "attempts" : each));
}

function camelCaseOf(word: string): string {
  return word.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

// The file is here and the channel runs elsewhere: a relative folder would silently be another one.
function placeOf(
  { process: { workingDirectory } }: FileChannel,
  { source, index, base }: { source: ConfigSource; index: number; base: string | undefined },
): string {
  if (base !== undefined) return posix.resolve(base, workingDirectory ?? ".");
  if (workingDirectory === undefined || posix.isAbsolute(workingDirectory)) {
    return workingDirectory ?? "";
  }
  const path = ["channels", index, "process", "workingDirectory"];
  const message = "is relative to this file: name it in full, or on the command line say --base";
  throw new ConfigError([{ where: source.locate(path), key: path.join("."), message }]);
}

function toDefinition(channel: FileChannel, workingDirectory: string): ChannelDefinition {
  const { process, readiness, stop, restart } = channel;
  return ChannelDefinition.fromPartial({
    name: channel.name,
    protectedBy: channel.protectedBy ?? "",
    runtime: {
      $case: "process",
      value: {
        command: process.command,
        environment: process.environment,
        workingDirectory,
        user: process.user ?? "",
      },
    },
    readiness: {
      check: toCheck(readiness),
      timeout: readiness.timeout,
      interval: readiness.interval,
    },
    stop: { signal: stop.signal ?? "", timeout: stop.timeout },
    restart: {
      attemptsMax: restart.attempts,
      backoff: restart.backoff,
      backoffMax: restart.backoffMax,
      stableAfter: restart.stableAfter,
    },
  });
}

function toCheck({ tcp, http, command }: FileChannel["readiness"]): Readiness["check"] {
  if (tcp !== undefined) return { $case: "tcp", value: { address: tcp } };
  if (http !== undefined) return { $case: "http", value: { url: http } };
  return command === undefined ? undefined : { $case: "command", value: { command } };
}

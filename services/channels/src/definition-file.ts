// Channel definitions in YAML files: a list `channels:`, checked like requests, with defaults
// filled in.

import { dirname, normalize, resolve } from "node:path";
import { checkConfig, readConfigSource } from "@hot-backup/kit/config.ts";
import { channelNamePattern, duration, serverId } from "@hot-backup/kit/config-fields.ts";
import { z } from "zod";
import { canonical } from "./core/canonical.ts";
import type { Activation } from "./core/channel-state.ts";
import {
  bounds,
  defaults,
  type Definition,
  environmentNamePattern,
  type ReadinessCheck,
  reservedEnvironmentPrefix,
  stopSignals,
} from "./core/definition.ts";
import { isHttpUrl, isTcpAddress } from "./core/readiness-address.ts";
import { digestOf, digestOfText } from "./digest.ts";

/** A definition from a file. */
export interface FileDefinition {
  readonly definition: Definition;
  /** Undefined: ACTIVE on the server that protects it, or on any where nobody does. */
  readonly activation: Activation | undefined;
  /** Of the definition, equal wherever the file lies. */
  readonly digest: string;
  /** Digest of what the file says: the definition is applied again only when this has changed. */
  readonly fileDigest: string;
  /** "file:line:column" of its name. */
  readonly where: string;
}

const programText = z
  .string("must be a text")
  .refine(
    (text) => Buffer.byteLength(text) <= bounds.textBytesMax && !text.includes("\0"),
    `must be at most ${bounds.textBytesMax} bytes without NUL`,
  );

const command = z
  .array(programText, "must be a list of program and arguments")
  .min(1, "must name a program")
  .max(bounds.commandEntriesMax, `must have at most ${bounds.commandEntriesMax} entries`);

// Numbers and booleans are what people write in YAML for PORT: 8080.
const variable = z.union([z.string(), z.number(), z.boolean()], "must be a text").transform(String);

const variableName = z
  .string()
  .refine(
    (name) => environmentNamePattern.test(name) && !name.startsWith(reservedEnvironmentPrefix),
    `must be a variable name outside ${reservedEnvironmentPrefix}`,
  );

const processSchema = z.strictObject(
  {
    command,
    environment: z.record(variableName, variable).default({}),
    workingDirectory: programText.default("."),
    user: z
      .union([z.string(), z.number()])
      .transform(String)
      .refine((text) => /^[A-Za-z0-9._-]{1,63}$/.test(text), "must be a user name or id")
      .optional(),
  },
  "must be given: it says what to run",
);

const readinessSchema = z
  .strictObject({
    tcp: z.string().refine(isTcpAddress, 'must be "host:port"').optional(),
    http: z.string().refine(isHttpUrl, "must be an http or https address").optional(),
    command: command.optional(),
    timeout: duration(bounds.readinessTimeoutMs).optional(),
    interval: duration(bounds.readinessIntervalMs).optional(),
  })
  .refine(
    ({ tcp, http, command: program }) =>
      [tcp, http, program].filter((each) => each !== undefined).length <= 1,
    "must have one of tcp, http and command at most",
  );

const channelSchema = z
  .strictObject({
    name: z
      .string("must be a channel name")
      .regex(channelNamePattern, "must be 1 to 63 characters of a-z, 0-9, dot, _ and -"),
    protectedBy: serverId.optional(),
    activation: z.enum(["active", "inactive"], 'must be "active" or "inactive"').optional(),
    process: processSchema,
    readiness: readinessSchema.default({}),
    stop: z
      .strictObject({
        signal: z.enum(stopSignals, `must be one of ${stopSignals.join(", ")}`).optional(),
        timeout: duration(bounds.stopTimeoutMs).optional(),
      })
      .default({}),
    restart: z
      .strictObject({
        attempts: z.int().min(0).max(bounds.attemptsMax).optional(),
        backoff: duration(bounds.backoffMs).optional(),
        backoffMax: duration(bounds.backoffMs).optional(),
        stableAfter: duration(bounds.stableAfterMs).optional(),
      })
      .default({}),
  })
  .refine(
    (channel) => Buffer.byteLength(JSON.stringify(channel)) <= bounds.definitionBytesMax,
    `must be at most ${bounds.definitionBytesMax} bytes as JSON`,
  );

const fileSchema = z.strictObject({
  channels: z.array(channelSchema, "must be a list of channels"),
});

/** Reads one file. Throws ConfigError with everything that is wrong in it. */
export function readDefinitionFile(file: string): FileDefinition[] {
  const source = readConfigSource(file, {});
  const folder = dirname(resolve(file));
  return checkConfig(source, fileSchema).channels.map((channel, index) => {
    const definition = toDefinition(channel, folder);
    const { activation } = channel;
    return {
      definition,
      activation,
      digest: digestOf(definition, normalize(channel.process.workingDirectory)),
      fileDigest: digestOfText(canonical({ definition, activation })),
      where: source.locate(["channels", index, "name"]),
    };
  });
}

function toDefinition(channel: z.infer<typeof channelSchema>, folder: string): Definition {
  const { process, readiness, stop, restart } = channel;
  return {
    name: channel.name,
    protectedBy: channel.protectedBy,
    runtime: {
      kind: "process",
      command: process.command,
      environment: process.environment,
      workingDirectory: resolve(folder, process.workingDirectory),
      user: process.user ?? "",
    },
    readiness: {
      check: toCheck(readiness),
      timeoutMs: readiness.timeout ?? defaults.readiness.timeoutMs,
      intervalMs: readiness.interval ?? defaults.readiness.intervalMs,
    },
    stop: {
      signal: stop.signal ?? defaults.stop.signal,
      timeoutMs: stop.timeout ?? defaults.stop.timeoutMs,
    },
    restart: {
      attemptsMax: restart.attempts ?? defaults.restart.attemptsMax,
      backoffMs: restart.backoff ?? defaults.restart.backoffMs,
      backoffMaxMs: restart.backoffMax ?? defaults.restart.backoffMaxMs,
      stableAfterMs: restart.stableAfter ?? defaults.restart.stableAfterMs,
    },
  };
}

function toCheck(readiness: z.infer<typeof readinessSchema>): ReadinessCheck {
  if (readiness.tcp !== undefined) return { kind: "tcp", address: readiness.tcp };
  if (readiness.http !== undefined) return { kind: "http", url: readiness.http };
  if (readiness.command !== undefined) return { kind: "command", command: readiness.command };
  return { kind: "none" };
}

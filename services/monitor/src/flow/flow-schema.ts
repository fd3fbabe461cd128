// The shape of a flow file: what each key may hold. What keys mean together is in flow-rules.ts.

import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { channelNameOrPrefixPattern, duration } from "@hot-backup/kit/config-fields.ts";
import type { FlowStep } from "../core/flow.ts";

/** What a flow may refer to. */
export interface FlowSurroundings {
  /** Names of the configured targets. */
  readonly targets: readonly string[];
  /** Whether there is a notify service to send mail through. */
  readonly hasNotify: boolean;
  /** Folder that a program with a slash in its name is looked up from, when it is relative. */
  readonly folder: string;
}

/** What a flow file says. Cases keep the names that they have in the file. */
export interface FlowFile {
  readonly switch: string;
  readonly cases: Readonly<Record<string, readonly FlowStep[]>>;
}

/** The switch of a file that names none: the state, as in the original. */
export const defaultSwitch = "/signal";

// Far above what a person writes, and small enough that a run with its steps stays a small record.
const casesMax = 50;
const stepsMax = 50;
const namesMax = 100;
const argumentsMax = 100;

/** The schema of a flow file in these surroundings. */
export function flowFileSchema(surroundings: FlowSurroundings): z.ZodType<FlowFile> {
  const steps = z
    .array(stepSchema(surroundings), "must be a list of steps")
    .min(1, "must have at least one step")
    .max(stepsMax, `must have at most ${stepsMax} steps`);
  return z.strictObject({
    switch: z.string("must be an XPath expression").default(defaultSwitch),
    cases: z
      .record(z.string().regex(/^\S(?:.{0,61}\S)?$/), steps, {
        error: ({ code }) =>
          code === "invalid_key"
            ? "must be 1 to 63 characters on one line, without spaces around them"
            : "must map the name of a case to its steps",
      })
      .refine((cases) => Object.keys(cases).length > 0, "must have at least one case")
      .refine((cases) => Object.keys(cases).length <= casesMax, `must be at most ${casesMax}`)
      .refine(
        (cases) => !("STOP" in cases && "CLOSE" in cases),
        "STOP is another name of CLOSE: only one of them can be a case",
      ),
  });
}

/** Keys of which a step has exactly one. */
const stepKeys = ["startChannels", "stopChannels", "email", "webhook", "command"] as const;

// The key that says what a step is picks the schema, so that a fault is told for what the step
// wants to be.
function stepSchema(surroundings: FlowSurroundings): z.ZodType<FlowStep> {
  const schemas = stepSchemas(surroundings);
  return z.record(z.string(), z.unknown(), "must be a step: a map").transform((given, context) => {
    const [key, ...others] = stepKeys.filter((each) => each in given);
    if (key === undefined) {
      context.addIssue(`must have one of the keys ${stepKeys.join(", ")}`);
      return z.NEVER;
    }
    if (others.length > 0) {
      context.addIssue(`must be one step, but has ${[key, ...others].join(" and ")}`);
      return z.NEVER;
    }
    const result = schemas[key].safeParse(given);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.addIssue({ ...issue });
    return z.NEVER;
  });
}

function stepSchemas(
  surroundings: FlowSurroundings,
): Readonly<Record<(typeof stepKeys)[number], z.ZodType<FlowStep>>> {
  const on = targetField(surroundings.targets);
  return {
    startChannels: z
      .strictObject({ startChannels: channelNames, on })
      .transform(({ startChannels: names, on: target }) => ({
        kind: "start_channels",
        target,
        names,
      })),
    stopChannels: z
      .strictObject({ stopChannels: channelNames, on })
      .transform(({ stopChannels: names, on: target }) => ({
        kind: "stop_channels",
        target,
        names,
      })),
    email: z
      .strictObject({ email: emailField(surroundings.hasNotify) })
      .transform(({ email }) => ({ kind: "email", ...email })),
    webhook: z.strictObject({ webhook }).transform(({ webhook: { url, timeout, attempts } }) => ({
      kind: "webhook",
      url,
      timeoutMs: timeout,
      attemptsMax: attempts,
    })),
    command: z
      .strictObject({ command: commandField(surroundings.folder).extend({ attempts }) })
      .transform(({ command }) => ({
        kind: "command",
        command: command.run,
        timeoutMs: command.timeout,
        attemptsMax: command.attempts,
      })),
  };
}

const channelNames = z
  .array(
    z
      .string("must be the name of a channel")
      .regex(
        channelNameOrPrefixPattern,
        'must be the name of a channel, or a prefix such as "or*"',
      ),
    "must be a list of channels",
  )
  .min(1, "must name at least one channel")
  .max(namesMax, `must name at most ${namesMax} channels`);

function targetField(targets: readonly string[]) {
  return z.string("must be the name of a target").refine((name) => targets.includes(name), {
    error: ({ input }) => `there is no target "${String(input)}" in monitor.targets`,
  });
}

const attempts = z
  .int("must be a whole number from 1 to 100")
  .min(1, "must be from 1 to 100")
  .max(100, "must be from 1 to 100")
  .default(3);

/** Who gets a mail. Also what mails of readiness are sent by. */
export const recipients = z
  .array(
    z
      .string("must be an e-mail address")
      .max(320, "must be at most 320 characters")
      .regex(
        /^(?:[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/,
        'must be an address such as "ops@example.org" or "Operations <ops@example.org>"',
      ),
    "must be a list of e-mail addresses",
  )
  .max(namesMax, `must name at most ${namesMax} addresses`);

function emailField(hasNotify: boolean) {
  return z
    .strictObject(
      {
        to: recipients.min(1, "must name at least one address"),
        cc: recipients.min(1, "must name at least one address, or be left out").default([]),
        template: z
          .string("must be the name of a template")
          .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be 1 to 63 characters of a-z, 0-9 and -")
          .default("signal"),
      },
      "must say to whom: { to: [ops@example.org] }",
    )
    .refine(() => hasNotify, "needs a notify service, and monitor.notify names none");
}

/** Longest address of a webhook: more is more than many servers take. */
const urlCharactersMax = 2048;

const webhook = z.strictObject(
  {
    url: z
      .url({ protocol: /^https?$/, error: 'must be an address such as "https://example.org/hook"' })
      .max(urlCharactersMax, `must be at most ${urlCharactersMax} characters long`)
      .refine((text) => new URL(text).username === "", "must not hold a user name or password"),
    timeout: duration({ minMs: 100, maxMs: 600_000 }).default(10_000),
    attempts,
  },
  'must say where to: { url: "https://example.org/hook" }',
);

/** A program to run with its arguments. Also what a fence is made of. */
export function commandField(folder: string) {
  return z.strictObject(
    {
      run: z
        .array(z.string("must be a string").max(4096), "must be a list: program and arguments")
        .min(1, "must name a program")
        .max(argumentsMax, `must have at most ${argumentsMax} entries`)
        .refine((run) => run[0] !== "", "must name a program")
        .refine(
          (run) => run.every((each) => !each.includes("\0")),
          "must not hold a zero character",
        )
        .transform((run) => run.map((each, index) => (index === 0 ? locate(each, folder) : each))),
      timeout: duration({ minMs: 100, maxMs: 3_600_000 }).default(30_000),
    },
    "must say what: { run: [program, argument] }",
  );
}

// A name without a slash is looked up in PATH.
function locate(program: string, folder: string): string {
  return program.includes("/") && !isAbsolute(program) ? resolve(folder, program) : program;
}

// The section `notify` of an instance file as a checked value.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  checkConfig,
  ConfigError,
  type ConfigProblem,
  type ConfigSource,
  readConfigSource,
} from "@hot-backup/kit/config.ts";
import {
  checkExposure,
  metricsAddress,
  readTls,
  warnOfInsecure,
} from "@hot-backup/kit/config-exposure.ts";
import {
  duration,
  instanceFields,
  listenAddress,
  metricsField,
} from "@hot-backup/kit/config-fields.ts";
import type { LogLevel } from "@hot-backup/kit/log.ts";
import type { TlsSettings } from "@hot-backup/kit/tls.ts";
import { z } from "zod";
import { type Address, parseAddress } from "./core/address.ts";
import { parseSmtpUrl, type SmtpServer } from "./smtp-url.ts";
import type { Template } from "./templates/template.ts";
import { readTemplateFolder } from "./templates/template-files.ts";

export interface Config {
  readonly server: string;
  readonly group: string;
  readonly logLevel: LogLevel;
  readonly tls: TlsSettings | undefined;
  readonly warnings: readonly string[];
  readonly listen: string;
  /** Address of GET /metrics. Undefined: nobody is told. */
  readonly metricsListen: string | undefined;
  readonly smtp: SmtpServer;
  readonly from: Address;
  /** Right side of Message-IDs. */
  readonly domain: string;
  /** File of the outbox and ledger. */
  readonly store: string;
  /** Own templates: replace built-in ones of the same name. */
  readonly templates: readonly Template[];
  readonly retry: {
    readonly firstMs: number;
    readonly maxMs: number;
    readonly giveUpAfterMs: number;
  };
  readonly poolConnections: number;
  readonly outboxMax: number;
  readonly ledgerKeepMs: number;
  readonly timeouts: {
    readonly connectionMs: number;
    readonly greetingMs: number;
    readonly socketMs: number;
    readonly attemptMs: number;
    readonly stopMs: number;
  };
}

const dayMs = 86_400_000;
const timeout = duration({ minMs: 50, maxMs: 600_000 });
const count = (max: number) => {
  const message = `must be a whole number from 1 to ${max}`;
  return z.number(message).int(message).min(1, message).max(max, message);
};

const from = z.string("must be an address").transform((text, context): Address => {
  const result = parseAddress(text);
  if (result.isValid) return result.address;
  context.addIssue(result.because);
  return z.NEVER;
});

const smtp = z
  .string("must be a URL such as smtp://mail.example.org:587")
  .transform((text, context): SmtpServer => {
    const parsed = parseSmtpUrl(text);
    if (parsed.isValid) return parsed.value;
    // Never the text itself: it may hold a password.
    context.addIssue(parsed.because);
    return z.NEVER;
  });

const domain = z
  .string("must be a domain name")
  .max(200, "must be at most 200 characters")
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, "must be a domain name");

const retry = z
  .strictObject({
    first: duration({ minMs: 10, maxMs: 3_600_000 }).prefault("1s"),
    max: duration({ minMs: 10, maxMs: dayMs }).prefault("5m"),
    giveUpAfter: duration({ minMs: 1000, maxMs: 30 * dayMs }).prefault("3d"),
  })
  .refine((each) => each.first <= each.max, { path: ["max"], message: "must be at least first" });

const section = z.strictObject({
  listen: listenAddress,
  smtp,
  from,
  passwordFile: z.string().min(1).optional(),
  templatesFolder: z.string().min(1).optional(),
  domain: domain.optional(),
  store: z.string().min(1).optional(),
  retry: retry.prefault({}),
  // As many attempts at once.
  poolConnections: count(50).default(3),
  outboxMax: count(1_000_000).default(10_000),
  metrics: metricsField,
  ledgerKeep: duration({ minMs: 60_000, maxMs: 3650 * dayMs }).prefault("90d"),
  timeouts: z
    .strictObject({
      connection: timeout.prefault("10s"),
      greeting: timeout.prefault("10s"),
      socket: timeout.prefault("30s"),
      attempt: timeout.prefault("2m"),
      stop: timeout.prefault("5s"),
    })
    .prefault({}),
});

const instance = z
  .strictObject({ ...instanceFields, notify: section })
  .superRefine((value, context) => {
    const { listen, metrics } = value.notify;
    checkExposure(context, value, [
      { path: ["notify", "listen"], address: listen },
      ...metricsAddress("notify", metrics),
    ]);
  });

/**
 * Reads the instance file. Throws ConfigError with every problem, those of templates and files
 * included.
 */
export function readConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  const source = readConfigSource(file, environment);
  const { notify, ...shared } = checkConfig(source, instance);
  const fromFolder = (path: string) => resolve(dirname(file), path);
  const login = readLogin(notify, { source, fromFolder });
  const own = readTemplates(notify.templatesFolder, fromFolder);
  const problems = [...login.problems, ...own.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  const { retry: pauses, timeouts } = notify;
  return {
    server: shared.server,
    group: shared.group,
    logLevel: shared.logLevel,
    tls: readTls(shared, file),
    warnings: warnOfInsecure(shared),
    listen: notify.listen,
    metricsListen: notify.metrics?.listen,
    smtp: login.smtp,
    from: notify.from,
    domain: notify.domain ?? domainOf(notify.from),
    store: fromFolder(notify.store ?? resolve(dirname(file), shared.dataFolder, "notify.db")),
    templates: own.templates,
    retry: {
      firstMs: pauses.first,
      maxMs: pauses.max,
      giveUpAfterMs: pauses.giveUpAfter,
    },
    poolConnections: notify.poolConnections,
    outboxMax: notify.outboxMax,
    ledgerKeepMs: notify.ledgerKeep,
    timeouts: {
      connectionMs: timeouts.connection,
      greetingMs: timeouts.greeting,
      socketMs: timeouts.socket,
      attemptMs: timeouts.attempt,
      stopMs: timeouts.stop,
    },
  };
}

type Section = z.infer<typeof section>;

function readTemplates(folder: string | undefined, fromFolder: (path: string) => string) {
  if (folder === undefined) return { templates: [], problems: [] };
  return readTemplateFolder(fromFolder(folder));
}

// The password comes from the URL or from a file of its own, which can be kept from other eyes.
function readLogin(
  { smtp: server, passwordFile }: Section,
  context: { readonly source: ConfigSource; readonly fromFolder: (path: string) => string },
): { readonly smtp: SmtpServer; readonly problems: readonly ConfigProblem[] } {
  if (passwordFile === undefined) return { smtp: server, problems: [] };
  const key = "notify.passwordFile";
  const complain = (message: string) => {
    const where = context.source.locate(key.split("."));
    return { smtp: server, problems: [{ where, key, message }] };
  };
  if (server.login === undefined) return complain("needs a user in notify.smtp");
  if (server.login.password !== "") return complain("notify.smtp holds a password already");
  try {
    const text = readFileSync(context.fromFolder(passwordFile), "utf8");
    const password = text.replace(/\r?\n$/, "");
    if (password === "") return complain("is empty");
    return { smtp: { ...server, login: { ...server.login, password } }, problems: [] };
  } catch (error) {
    return complain(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function domainOf(address: Address): string {
  const domainPart = address.address.slice(address.address.lastIndexOf("@") + 1);
  return domainPart.replaceAll(/[[\]:]/g, "");
}

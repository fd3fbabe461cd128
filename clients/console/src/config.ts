// The section `console` of an instance file as a checked value.

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
  isOfThisMachine,
  readTls,
  warnOfInsecure,
} from "@hot-backup/kit/config-exposure.ts";
import {
  address,
  duration,
  instanceFields,
  listenAddress,
  metricsField,
  serverId,
} from "@hot-backup/kit/config-fields.ts";
import { personPattern, type ServiceName } from "@hot-backup/kit/identity.ts";
import type { LogLevel } from "@hot-backup/kit/log.ts";
import type { TlsSettings } from "@hot-backup/kit/tls.ts";
import { z } from "zod";
import { hashToken, tokenCharactersMin } from "./token.ts";
import type { Role } from "./view/session.ts";

export interface Config {
  readonly server: string;
  readonly group: string;
  readonly logLevel: LogLevel;
  readonly tls: TlsSettings | undefined;
  readonly metricsListen: string | undefined;
  readonly warnings: readonly string[];
  readonly listen: string;
  /** Undefined: plain HTTP, for this machine or a proxy on it. */
  readonly https: HttpsSettings | undefined;
  /**
   * Where pages come from, such as "https://console.example.org". Empty: from this machine only.
   */
  readonly origins: readonly string[];
  /** Address of each service, by what it does and the id of its server. */
  readonly services: Readonly<Record<ServiceName, ReadonlyMap<string, string>>>;
  readonly users: readonly User[];
  /** Whether whoever reaches the page may look without signing in. */
  readonly mayLookUnnamed: boolean;
  readonly sessionMs: number;
}

/** Certificate and key shown to browsers. "own": those of the console in the folder of `tls`. */
export type HttpsSettings = "own" | { readonly certificate: string; readonly key: string };

/** Somebody who signs in with a token. */
export interface User {
  readonly name: string;
  readonly role: Role;
  readonly tokenHash: Buffer;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

const origin = z
  .string("must be an origin such as https://console.example.org")
  .refine((text) => URL.canParse(text) && new URL(text).origin === text, {
    message: "must be an origin such as https://console.example.org, without a path",
  });

const services = z.strictObject(
  {
    monitor: address.optional(),
    channels: address.optional(),
    heartbeat: address.optional(),
    notify: address.optional(),
  },
  "must be a section with addresses: monitor, channels, heartbeat, notify",
);

const user = z.strictObject({
  name: z.string("must be a name").regex(personPattern, "must be 1 to 63 of a-z, 0-9, . _ and -"),
  role: z.enum(["operator", "reader"], 'must be "operator" or "reader"'),
  tokenFile: z.string("must be the path of a file").min(1, "must be the path of a file"),
});

const https = z.union(
  [z.literal("own"), z.strictObject({ certificate: z.string().min(1), key: z.string().min(1) })],
  'must be "own", or a section with the files certificate and key',
);

const section = z.strictObject({
  listen: listenAddress
    .refine((text) => !text.startsWith("unix:"), "must be host:port: browsers connect to it")
    .default("127.0.0.1:7500"),
  https: https.optional(),
  origins: z.array(origin, "must be a list of origins").default([]),
  servers: z.record(serverId, services, "must be a map of server ids to their services"),
  users: z.array(user, "must be a list of users").default([]),
  anonymous: z.enum(["reader", "nobody"], 'must be "reader" or "nobody"').default("nobody"),
  session: duration({ minMs: minuteMs, maxMs: 30 * dayMs }).prefault("12h"),
  metrics: metricsField,
});
type Section = z.infer<typeof section>;

const instance = z
  .strictObject({ ...instanceFields, console: section })
  .superRefine((value, context) => {
    const { servers } = value.console;
    checkExposure(
      context,
      value,
      Object.entries(servers).flatMap(([server, each]) =>
        Object.entries(each).flatMap(([service, used]) => {
          const path = ["console", "servers", server, service];
          return used === undefined ? [] : [{ path, address: used }];
        }),
      ),
    );
    for (const { key, message } of findFaults(value)) {
      context.addIssue({ code: "custom", path: ["console", key], message });
    }
  });

/**
 * Reads the instance file. Throws ConfigError with every problem, those of token files included.
 */
export function readConfig(file: string, environment: NodeJS.ProcessEnv): Config {
  const source = readConfigSource(file, environment);
  const { console: own, ...shared } = checkConfig(source, instance);
  const fromFolder = (path: string) => resolve(dirname(file), path);
  const { users, problems } = readUsers(own, { source, fromFolder });
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    server: shared.server,
    group: shared.group,
    logLevel: shared.logLevel,
    tls: readTls(shared, file),
    metricsListen: own.metrics?.listen,
    warnings: warnOfInsecure(shared),
    listen: own.listen,
    https:
      own.https === undefined || own.https === "own"
        ? own.https
        : { certificate: fromFolder(own.https.certificate), key: fromFolder(own.https.key) },
    origins: own.origins,
    services: {
      monitor: gather(own, "monitor"),
      channels: gather(own, "channels"),
      heartbeat: gather(own, "heartbeat"),
      notify: gather(own, "notify"),
    },
    users,
    mayLookUnnamed: own.anonymous === "reader",
    sessionMs: own.session,
  };
}

function gather({ servers }: Section, service: ServiceName): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(servers).flatMap(([server, each]) => {
      const used = each[service];
      return used === undefined ? [] : [[server, used] as const];
    }),
  );
}

/** What is wrong with keys that are right each for itself. */
function findFaults(value: z.infer<z.ZodObject<typeof instanceFields>> & { console: Section }) {
  const { tls, insecure, console: own } = value;
  const isLocal = isOfThisMachine(own.listen);
  const areLocal = own.origins.every((each) => isOfThisMachine(hostOf(each)));
  const faults: { key: string; message: string }[] = [];
  const fault = (key: string, message: string) => void faults.push({ key, message });
  if (!isLocal && own.https === undefined && !insecure) {
    fault("listen", "can be reached from other machines: add https, use loopback, or say insecure");
  }
  if (!isLocal && own.origins.length === 0) {
    fault("origins", "must say from where pages are opened, such as https://console.example.org");
  }
  if (own.https === "own" && tls === undefined) {
    fault("https", 'is "own", and there is no tls whose folder has console.crt');
  }
  if (own.anonymous === "reader" && !(isLocal && areLocal)) {
    fault("anonymous", "lets everybody look: only where listen and origins are loopback");
  }
  if (!Object.values(own.servers).some((each) => each.monitor !== undefined)) {
    fault("servers", "has no monitor: there is nothing to show");
  }
  const hasCertificates = own.https !== undefined && tls !== undefined;
  if (own.users.length === 0 && own.anonymous === "nobody" && !hasCertificates) {
    fault("users", "lets nobody in: add a user with a tokenFile");
  }
  const names = own.users.map(({ name }) => name);
  if (new Set(names).size < names.length) fault("users", "has the same name twice");
  return faults;
}

// "host:port", with the port that a browser leaves out.
function hostOf(text: string): string {
  const { hostname, port, protocol } = new URL(text);
  return `${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}

function readUsers(
  { users }: Section,
  context: { readonly source: ConfigSource; readonly fromFolder: (path: string) => string },
): { readonly users: readonly User[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const read = users.flatMap(({ name, role, tokenFile }, index): User[] => {
    const path = ["console", "users", index, "tokenFile"];
    const complain = (message: string) => {
      problems.push({ where: context.source.locate(path), key: path.join("."), message });
      return [];
    };
    try {
      const token = readFileSync(context.fromFolder(tokenFile), "utf8").trim();
      if (token.length >= tokenCharactersMin) return [{ name, role, tokenHash: hashToken(token) }];
      return complain(`must hold at least ${tokenCharactersMin} random characters`);
    } catch (error) {
      return complain(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return { users: read, problems };
}

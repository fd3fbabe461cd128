// Profiles: where the services of one group are, and with which certificate they are asked. One
// file of the operator's own; without it, the addresses of `npm start`.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { checkConfig, ConfigError, readConfigSource } from "@hot-backup/kit/config.ts";
import {
  checkExposure,
  readTls,
  type RemoteAddress,
  remoteAddress,
} from "@hot-backup/kit/config-exposure.ts";
import { address, instanceFields, serverId } from "@hot-backup/kit/config-fields.ts";
import type { TlsSettings } from "@hot-backup/kit/tls.ts";
import { z } from "zod";
import { misuse } from "./complaint.ts";

/** Where the services of a group are. */
export interface Profile {
  readonly name: string;
  /** One at least. Each watches servers of its own. */
  readonly monitors: readonly RemoteAddress[];
  /** Undefined: this profile has no mail. */
  readonly notify: RemoteAddress | undefined;
  /** Address of each channels service, by the id of its server. */
  readonly channels: ReadonlyMap<string, string>;
  readonly tls: TlsSettings | undefined;
}

/** What `npm start` brings up. */
const localProfile: Profile = {
  name: "local",
  monitors: [{ address: "127.0.0.1:7502", server: undefined }],
  notify: { address: "127.0.0.1:7504", server: undefined },
  channels: new Map([
    ["primary-1", "127.0.0.1:7403"],
    ["backup-1", "127.0.0.1:7503"],
  ]),
  tls: undefined,
};

/** More than anybody looks at. */
const monitorsMax = 100;

const monitorList = z
  .array(remoteAddress)
  .min(1, "must name a monitor")
  .max(monitorsMax, `must name ${monitorsMax} monitors at most`)
  .refine((all) => new Set(all.map(({ address: each }) => each)).size === all.length, {
    message: "must not name a monitor twice",
  });

const profileSchema = z
  .strictObject(
    {
      monitor: z.union([remoteAddress, monitorList], "must be an address, or a list of them"),
      notify: remoteAddress.optional(),
      channels: z.record(serverId, address, "must be a map of server ids to addresses").default({}),
      tls: instanceFields.tls,
      insecure: instanceFields.insecure,
    },
    "must be a section with monitor, and may have notify, channels, tls and insecure",
  )
  .superRefine((value, context) => {
    const monitors = listOf(value.monitor).map((remote, index) => {
      const path = Array.isArray(value.monitor) ? ["monitor", index] : ["monitor"];
      return { path, address: remote.address, remote };
    });
    const { notify } = value;
    const mail =
      notify === undefined ? [] : [{ path: ["notify"], address: notify.address, remote: notify }];
    const channels = Object.entries(value.channels).map(([server, each]) => {
      return { path: ["channels", server], address: each };
    });
    checkExposure(context, value, [...monitors, ...mail, ...channels]);
  });

const fileSchema = z.strictObject({
  default: z.string("must be the name of a profile").optional(),
  profiles: z.record(z.string(), profileSchema, "must be a map of names to profiles"),
});

/** The file of the operator: $XDG_CONFIG_HOME/hot-backup/profiles.yaml, most often ~/.config/… */
function profilesFile(environment: NodeJS.ProcessEnv): string {
  const base = environment["XDG_CONFIG_HOME"] ?? "";
  return join(base === "" ? join(homedir(), ".config") : base, "hot-backup", "profiles.yaml");
}

/**
 * The profile that is meant: by name, by HOT_BACKUP_PROFILE, by `default` of the file, or the only
 * one; "local" where there is no file. Throws a Complaint or ConfigError.
 */
export function readProfile(named: string | undefined, environment: NodeJS.ProcessEnv): Profile {
  const profiles = readProfiles(environment);
  const name = named ?? environment["HOT_BACKUP_PROFILE"] ?? profiles.usual;
  const found = profiles.all.get(name);
  if (found !== undefined) return found;
  const names = [...profiles.all.keys()].join(", ");
  const file = profilesFile(environment);
  throw misuse(
    name === ""
      ? `Cannot choose a profile: ${file} has several and no default`
      : `Cannot use the profile "${name}": ${file} has none of this name`,
    `give --profile or HOT_BACKUP_PROFILE one of: ${names}`,
  );
}

/** The names that --profile takes. */
export function profileNames(environment: NodeJS.ProcessEnv): readonly string[] {
  return [...readProfiles(environment).all.keys()];
}

interface Profiles {
  readonly all: ReadonlyMap<string, Profile>;
  /** Name of the one to use where none is named. Empty: somebody has to choose. */
  readonly usual: string;
}

function readProfiles(environment: NodeJS.ProcessEnv): Profiles {
  const local: [string, Profile] = [localProfile.name, localProfile];
  const file = profilesFile(environment);
  if (!existsSync(file)) return { all: new Map([local]), usual: localProfile.name };
  // Variables such as HOT_BACKUP__MONITOR are for services.
  const source = readConfigSource(file, {});
  const { profiles, default: usual } = checkConfig(source, fileSchema);
  const names = Object.keys(profiles);
  if (usual !== undefined && usual !== localProfile.name && !names.includes(usual)) {
    const message = `must be one of ${names.join(", ")}`;
    throw new ConfigError([{ where: source.locate(["default"]), key: "default", message }]);
  }
  const all = Object.entries(profiles).map(([name, keys]): [string, Profile] => [
    name,
    {
      name,
      monitors: listOf(keys.monitor),
      notify: keys.notify,
      channels: new Map(Object.entries(keys.channels)),
      tls: readHomeTls(keys, file),
    },
  ]);
  const [first = localProfile.name, ...more] = names;
  return { all: new Map([local, ...all]), usual: usual ?? (more.length === 0 ? first : "") };
}

function listOf(monitor: RemoteAddress | readonly RemoteAddress[]): readonly RemoteAddress[] {
  return "address" in monitor ? [monitor] : monitor;
}

// "~/" is what people write in a file of their own.
function readHomeTls(keys: Parameters<typeof readTls>[0], file: string): TlsSettings | undefined {
  if (keys.tls === undefined || !keys.tls.directory.startsWith("~/")) return readTls(keys, file);
  return { ...keys.tls, directory: resolve(homedir(), keys.tls.directory.slice(2)) };
}

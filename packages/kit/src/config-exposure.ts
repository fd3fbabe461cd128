// Which addresses of an instance file may be without TLS: a path of this machine and its loopback.
// Anything else has certificates, or says `insecure: true`: nothing is exposed by leaving a key
// out.

import { dirname, resolve } from "node:path";
import { z } from "zod";
import { address, serverId } from "./config-fields.ts";
import type { TlsSettings } from "./tls.ts";

/** A service of another server: where it is, and, so that it can prove it, whose it is. */
export interface RemoteAddress {
  readonly address: string;
  /** Id of its server. Undefined: not said. */
  readonly server: string | undefined;
}

/** "host:port", or { server: backup-1, address: "host:port" }. */
export const remoteAddress = z.union(
  [
    address.transform((text): RemoteAddress => ({ address: text, server: undefined })),
    z.strictObject({ server: serverId, address }).transform((each): RemoteAddress => each),
  ],
  'must be an address such as "127.0.0.1:7502", or { server: backup-1, address: "10.0.0.2:7502" }',
);

/** What an instance file says of TLS. */
interface TlsKeys {
  readonly tls?: TlsSettings | undefined;
  readonly insecure: boolean;
}

/** An address that a service listens on or dials, with its key. */
interface UsedAddress {
  readonly path: readonly (string | number)[];
  readonly address: string;
  /** Of a service that may be of any server: of which, if that is said. */
  readonly remote?: RemoteAddress;
}

/** Something that is wrong, at its key. */
interface Exposure {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The address of GET /metrics in the section of a service, if there is one. */
export function metricsAddress(
  section: string,
  metrics: { readonly listen: string } | undefined,
): readonly UsedAddress[] {
  if (metrics === undefined) return [];
  return [{ path: [section, "metrics", "listen"], address: metrics.listen }];
}

/** For the refinement of a whole instance file: tells what is exposed, or named too loosely. */
export function checkExposure(
  context: z.RefinementCtx,
  keys: TlsKeys,
  used: readonly UsedAddress[],
): void {
  for (const { path, message } of [...findExposures(keys, used), ...findUnnamed(keys, used)]) {
    context.addIssue({ code: "custom", path: [...path], message });
  }
}

/** Every address that would be used without TLS, and every contradiction. */
function findExposures(keys: TlsKeys, used: readonly UsedAddress[]): readonly Exposure[] {
  if (keys.tls !== undefined && keys.insecure) {
    return [{ path: ["insecure"], message: "contradicts tls: only one of them can be meant" }];
  }
  if (keys.tls !== undefined || keys.insecure) return [];
  return used
    .filter((each) => !isOfThisMachine(each.address))
    .map(({ path, address: exposed }) => ({
      path,
      message:
        `${JSON.stringify(exposed)} can be reached from other machines and has no TLS: add a ` +
        "section tls, use loopback or unix:/path, or say insecure: true",
    }));
}

/** Under TLS, those of whom it is not said whose they must be. */
function findUnnamed(keys: TlsKeys, used: readonly UsedAddress[]): readonly Exposure[] {
  if (keys.tls === undefined) return [];
  return used
    .filter(({ remote }) => remote !== undefined && remote.server === undefined)
    .filter((each) => !each.address.startsWith("unix:"))
    .map(({ path, address: unnamed }) => ({
      path,
      message:
        "must be { server: <its server>, address: " +
        `${JSON.stringify(unnamed)} }: with tls it has to prove whose it is`,
    }));
}

/** The settings, with the directory as an absolute path. Undefined: no TLS. */
export function readTls({ tls }: TlsKeys, file: string): TlsSettings | undefined {
  if (tls === undefined) return undefined;
  return { ...tls, directory: resolve(dirname(resolve(file)), tls.directory) };
}

/** What `insecure: true` means, for the log of every start. */
export function warnOfInsecure({ insecure }: TlsKeys): readonly string[] {
  if (!insecure) return [];
  return [
    "insecure: true: whoever reaches an address of this service can order it about, " +
      "and whoever is on the way can read and change what is said",
  ];
}

/** Whether an address is 127.0.0.0/8, ::1, the name that stands for them (RFC 6761), or a path. */
export function isOfThisMachine(text: string): boolean {
  return /^(?:unix:|localhost:\d+$|127\.\d+\.\d+\.\d+:\d+$|\[(?:::|(?:0+:){7}0*)1\]:\d+$)/.test(
    text,
  );
}

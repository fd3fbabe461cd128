// The services of a profile: dialed when they are first asked, each as the very one that is meant.

import { readFile } from "node:fs/promises";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { call, type ClientConstructor, dial } from "@hot-backup/kit/grpc-dial.ts";
import { Failure } from "@hot-backup/kit/errors.ts";
import {
  type Identity,
  readIdentity,
  serviceIdentity,
  type ServiceName,
} from "@hot-backup/kit/identity.ts";
import { openTls, type Tls } from "@hot-backup/kit/tls.ts";
import { ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { NotifyServiceClient } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { misuse } from "./complaint.ts";
import type { Profile } from "./profile.ts";

/** Somebody at a keyboard. */
type Person = Exclude<Identity, { kind: "service" }>;

/** Longest wait for an answer that changes nothing: an operator looks on. */
export const readingMs = 3000;

/** Longest wait for a decision, which its service writes to a disk. */
export const decidingMs = 10_000;

/** Longest wait for the trial of a flow, which a busy monitor ends after 30 s by itself. */
export const tryingMs = 35_000;

/** Longest wait for channels to start or stop: more than any usual readiness and stop timeout. */
export const orderingMs = 300_000;

/** One monitor, and where it is. */
export interface MonitorAt {
  readonly address: string;
  readonly client: MonitorServiceClient;
}

/** Clients of the services of one profile. */
export class Services implements Disposable {
  readonly profile: Profile;
  /** Who the certificate says is asking. Undefined: there is no TLS. */
  readonly person: Person | undefined;
  readonly #tls: Tls<Person> | undefined;
  readonly #clients = new Map<string, { close(): void }>();

  private constructor(profile: Profile, tls: Tls<Person> | undefined) {
    this.profile = profile;
    this.person = tls?.own;
    this.#tls = tls;
  }

  /** Reads the certificates of the profile; connects to nobody yet. */
  static async open(profile: Profile): Promise<Services> {
    if (profile.tls === undefined) return new Services(profile, undefined);
    const own = await readPerson(profile.tls.directory);
    return new Services(profile, await openTls(profile.tls, own));
  }

  /** The monitors of the profile, one at least. */
  get monitors(): readonly MonitorAt[] {
    return this.profile.monitors.map(({ address, server }) => {
      const client = this.#dial(MonitorServiceClient, { address, server, service: "monitor" });
      return { address, client };
    });
  }

  get notify(): NotifyServiceClient {
    const { notify, name } = this.profile;
    if (notify !== undefined) {
      return this.#dial(NotifyServiceClient, { ...notify, service: "notify" });
    }
    throw misuse(`Cannot ask for mail: the profile "${name}" has no notify`, "add notify to it");
  }

  /** The channels service of a server. */
  channels(server: string): ChannelServiceClient {
    const address = this.profile.channels.get(server);
    if (address !== undefined) {
      return this.#dial(ChannelServiceClient, { address, server, service: "channels" });
    }
    const { name } = this.profile;
    const known = [...this.profile.channels.keys()].join(", ") || "none";
    throw misuse(
      `Cannot ask the channels service of "${server}": the profile "${name}" has no address of it`,
      `add it to channels of the profile, or choose one that it has: ${known}`,
    );
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
    this.#tls?.[Symbol.dispose]();
  }

  #dial<Client extends { close(): void }>(
    constructor: ClientConstructor<Client>,
    to: { address: string; server: string | undefined; service: ServiceName },
  ): Client {
    const key = `${to.service} ${to.address}`;
    const known = this.#clients.get(key);
    if (known instanceof constructor) return known;
    // With TLS the profile has been refused unless it says whose each service is.
    const identity = to.server === undefined ? undefined : serviceIdentity(to.server, to.service);
    const secure = identity === undefined ? undefined : this.#tls?.targetOf(identity);
    const client = dial(constructor, to.address, secure);
    this.#clients.set(key, client);
    return client;
  }
}

/** Asks for something that changes nothing. */
export function read<Request, Response>(
  method: Parameters<typeof call<Request, Response>>[0],
  request: Request,
  what: string,
): Promise<Response> {
  return call(method, request, { what, deadlineMs: readingMs });
}

// The certificate says who it is of; a directory has the leaf of one person.
async function readPerson(directory: string): Promise<Person> {
  for (const kind of ["operator", "reader"] as const) {
    const path = join(directory, `${kind}.crt`);
    const pem = await readFile(path).catch(() => undefined);
    if (pem === undefined) continue;
    const identity = readIdentity(parse(path, pem).subjectAltName);
    if (identity?.kind === kind) return identity;
    throw unusable(`${path}: is not the certificate of an ${kind}`);
  }
  throw unusable(`${directory}: has neither operator.crt nor reader.crt`);
}

function parse(path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unusable(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function unusable(why: string): Failure {
  const message = `Cannot use the certificates: ${why}`;
  return new Failure("refused", { message, reason: "BAD_CERTIFICATES" });
}

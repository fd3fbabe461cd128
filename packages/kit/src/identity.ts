// Who somebody is: the one URI in the subjectAltName of a certificate, and nothing else of it.
// Names of hosts and of subjects say where a machine is, or what somebody wrote down; they are not
// read.

import { serverIdPattern } from "./config-fields.ts";

/** The services, as the last part of their identity. */
export const serviceNames = ["heartbeat", "monitor", "channels", "notify"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What runs for itself: the services, and the console, which calls them for the people in it. */
export type ProgramName = ServiceName | "console";

/** One service of one server, or its console. */
export interface ServiceIdentity {
  readonly kind: "service";
  readonly server: string;
  readonly service: ProgramName;
}

/** A person or a program that operates, or only looks. */
interface PersonIdentity {
  readonly kind: "operator" | "reader";
  readonly name: string;
}

export type Identity = ServiceIdentity | PersonIdentity;

/** Secrets are for operators, and for everybody where nobody is told apart. */
export function mayKnowSecrets(caller: Identity | undefined): boolean {
  return caller === undefined || caller.kind === "operator";
}

const trustDomain = "spiffe://hot-backup/";
/** Name of an operator or a reader. */
export const personPattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** The identity of a service of a server, or of its console. */
export function serviceIdentity(server: string, service: ProgramName): ServiceIdentity {
  return { kind: "service", server, service };
}

/** For example "spiffe://hot-backup/server/primary-1/heartbeat". */
export function printIdentity(identity: Identity): string {
  if (identity.kind !== "service") return `${trustDomain}${identity.kind}/${identity.name}`;
  const { server, service } = identity;
  // What a server does and who looks on from it are told apart at the first word.
  if (service === "console") return `${trustDomain}console/${server}`;
  return `${trustDomain}server/${server}/${service}`;
}

/** Undefined for a text that is no identity of this product. */
export function parseIdentity(text: string): Identity | undefined {
  if (!text.startsWith(trustDomain)) return undefined;
  const [kind, name = "", last, ...rest] = text.slice(trustDomain.length).split("/");
  if (rest.length > 0) return undefined;
  if (kind === "server") {
    const service = serviceNames.find((each) => each === last);
    if (service === undefined || !serverIdPattern.test(name)) return undefined;
    return serviceIdentity(name, service);
  }
  if (kind === "console") {
    if (last !== undefined || !serverIdPattern.test(name)) return undefined;
    return serviceIdentity(name, kind);
  }
  if (kind !== "operator" && kind !== "reader") return undefined;
  return last === undefined && personPattern.test(name) ? { kind, name } : undefined;
}

/**
 * The identity in a subjectAltName as node prints it ("URI:spiffe://…, DNS:…"). Undefined
 * unless there is exactly one URI (SPIFFE, X.509-SVID section 2) and it is an identity.
 */
export function readIdentity(subjectAltName: string | undefined): Identity | undefined {
  // Node puts a name that could be taken for several in quotes. No identity needs them.
  if (subjectAltName === undefined || subjectAltName.includes('"')) return undefined;
  const uris = subjectAltName.split(", ").filter((entry) => entry.startsWith("URI:"));
  const [uri] = uris;
  return uri === undefined || uris.length > 1 ? undefined : parseIdentity(uri.slice("URI:".length));
}

// The files of a TLS directory, read and checked as one: ca.crt, certificate and key, and
// allowed.txt if it is there. Half of a change is refused as a whole, so that it is read again.

import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "./errors.ts";
import { type Identity, printIdentity, readIdentity } from "./identity.ts";
import { leadsToAuthority, parseAllowed, type Trust } from "./tls-trust.ts";

/** A certificate that works, and whom it trusts. */
export interface Material extends Trust {
  readonly authoritiesPem: Buffer;
  readonly certificatePem: Buffer;
  readonly keyPem: Buffer;
  readonly leaf: X509Certificate;
  /** Of all files: equal when nothing has changed. */
  readonly digest: string;
}

/** What a leaf may be used for, by name (RFC 5280, 4.2.1.12). */
const usages = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" } as const;

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * Reads the files of one identity: <service>.crt and .key, or those of an operator or a reader.
 * Throws BAD_CERTIFICATES when they are incomplete, do not belong together, or are of somebody
 * else. A certificate that has expired is none of these: what does not need it goes on.
 */
export async function readMaterial(directory: string, own: Identity): Promise<Material> {
  // The link is followed once, so that all files are of the same side of a swap.
  const folder = await realpath(directory).catch((error: unknown) => refuse(directory, error));
  const name = fileOf(own);
  const read = (file: string) =>
    readFile(join(folder, file)).catch((error: unknown) => refuse(join(directory, file), error));
  const [authoritiesPem, certificatePem, keyPem] = await Promise.all([
    read("ca.crt"),
    read(`${name}.crt`),
    read(`${name}.key`),
  ]);
  const allowedText = await readIfThere(join(folder, "allowed.txt"));
  const files = { directory, own, authoritiesPem, certificatePem, keyPem };
  const { authorities, leaf } = checkTogether(files);
  const allowed = gather(join(directory, "allowed.txt"), () =>
    allowedText === undefined ? undefined : parseAllowed(allowedText.toString("utf8")),
  );
  const digest = createHash("sha256");
  for (const part of [authoritiesPem, certificatePem, keyPem, allowedText]) {
    digest.update(
      createHash("sha256")
        .update(part ?? "none")
        .digest(),
    );
  }
  return {
    authoritiesPem,
    certificatePem,
    keyPem,
    authorities,
    leaf,
    allowed,
    digest: digest.digest("hex"),
  };
}

interface Files {
  readonly directory: string;
  readonly own: Identity;
  readonly authoritiesPem: Buffer;
  readonly certificatePem: Buffer;
  readonly keyPem: Buffer;
}

function checkTogether(files: Files) {
  const { directory, own } = files;
  const name = fileOf(own);
  const place = (file: string) => join(directory, file);
  const authorities = gather(place("ca.crt"), () => parseBundle(files.authoritiesPem));
  if (authorities.some((each) => !each.ca)) {
    refuse(place("ca.crt"), "holds a certificate that may not sign others");
  }
  const certificate = place(`${name}.crt`);
  const chain = gather(certificate, () => parseBundle(files.certificatePem));
  const key = gather(place(`${name}.key`), () => createPrivateKey(files.keyPem));
  const [leaf] = chain;
  if (leaf === undefined) return refuse(certificate, "holds no certificate");
  if (!leaf.checkPrivateKey(key)) refuse(certificate, `does not belong to ${name}.key`);
  const found = readIdentity(leaf.subjectAltName);
  const expected = printIdentity(own);
  if (found === undefined || printIdentity(found) !== expected) {
    const whose = found === undefined ? "nobody" : printIdentity(found);
    refuse(certificate, `is the certificate of ${whose}, and must be of ${expected}`);
  }
  if (!leadsToAuthority(chain, { authorities })) {
    refuse(certificate, "is signed by no authority of ca.crt");
  }
  const lacking = findLackingUsage(leaf, own);
  if (lacking !== undefined) refuse(certificate, `has an extendedKeyUsage without ${lacking}`);
  return { authorities, leaf };
}

// A service is called, and calls. A certificate that does not say what it is for is for everything.
function findLackingUsage(leaf: X509Certificate, own: Identity): string | undefined {
  const needed =
    own.kind === "service" ? Object.entries(usages) : [["clientAuth", usages.clientAuth]];
  const has: readonly string[] | undefined = leaf.keyUsage;
  return needed.find(([, id]) => has !== undefined && !has.includes(String(id)))?.[0];
}

function fileOf(own: Identity): string {
  return own.kind === "service" ? own.service : own.kind;
}

function parseBundle(pem: Buffer): X509Certificate[] {
  const blocks = pem.toString("latin1").match(certificateBlock) ?? [];
  if (blocks.length === 0) throw new Error("holds no certificate");
  return blocks.map((block) => new X509Certificate(block));
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    return refuse(path, error);
  }
}

function gather<Value>(path: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    return refuse(path, error);
  }
}

function refuse(path: string, why: unknown): never {
  const because = why instanceof Error ? why.message : String(why);
  throw new Failure("refused", {
    message: `Cannot use the certificates: ${path}: ${because}`,
    reason: "BAD_CERTIFICATES",
    cause: why,
  });
}

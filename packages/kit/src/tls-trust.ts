// Who is trusted: the authorities of ca.crt, and, where there is an allowed.txt, only whom it
// lists. Taking an authority or a line away is how a certificate is revoked.

import type { X509Certificate } from "node:crypto";
import { type Identity, parseIdentity, printIdentity } from "./identity.ts";

/** Longest chain of certificates that is followed from a leaf to an authority. */
const chainLengthMax = 5;

/** The fingerprints that an identity may have; undefined: any certificate of an authority. */
type Fingerprints = ReadonlySet<string> | undefined;

/** Everybody of an allowed.txt, by identity. */
export type Allowed = ReadonlyMap<string, Fingerprints>;

/** What a certificate is judged by. */
export interface Trust {
  readonly authorities: readonly X509Certificate[];
  /** Absent: everybody whom an authority signed. */
  readonly allowed: Allowed | undefined;
}

/**
 * Reads an allowed.txt: an identity per line, and after it, if only that certificate is meant, its
 * SHA-256 fingerprint. Lines that begin with # are comments. Throws on a line that is neither.
 */
export function parseAllowed(text: string): Allowed {
  const allowed = new Map<string, Set<string> | undefined>();
  for (const [index, line] of text.split("\n").entries()) {
    const [identity, fingerprint, ...rest] = line.trim().split(/\s+/);
    if (identity === undefined || identity === "" || identity.startsWith("#")) continue;
    const hex = fingerprint?.replaceAll(":", "").toLowerCase();
    const isFingerprint = hex === undefined || /^[0-9a-f]{64}$/.test(hex);
    if (parseIdentity(identity) === undefined || !isFingerprint || rest.length > 0) {
      throw new Error(`line ${index + 1} must be an identity, and may have a SHA-256 fingerprint`);
    }
    if (hex === undefined) allowed.set(identity, undefined);
    else if (!allowed.has(identity)) allowed.set(identity, new Set([hex]));
    else allowed.get(identity)?.add(hex);
  }
  return allowed;
}

/** Whether the list, if there is one, has this identity with this certificate. */
export function isAllowed(
  { allowed }: Pick<Trust, "allowed">,
  peer: { readonly identity: Identity; readonly fingerprint256: string },
): boolean {
  if (allowed === undefined) return true;
  const uri = printIdentity(peer.identity);
  const fingerprints = allowed.get(uri);
  if (fingerprints === undefined) return allowed.has(uri);
  return fingerprints.has(peer.fingerprint256.replaceAll(":", "").toLowerCase());
}

/**
 * Whether a chain, leaf first, leads to an authority. Says nothing of time: what a handshake has
 * checked is only looked at again here.
 */
export function leadsToAuthority(
  chain: readonly X509Certificate[],
  { authorities }: Pick<Trust, "authorities">,
): boolean {
  for (const [index, certificate] of chain.slice(0, chainLengthMax).entries()) {
    if (authorities.some((authority) => hasIssued(authority, certificate))) return true;
    const next = chain[index + 1];
    if (next === undefined || !next.ca || !hasIssued(next, certificate)) return false;
  }
  return false;
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

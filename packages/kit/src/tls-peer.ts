// Judges the other end of a connection by its certificate: once, when the connection is made, and
// again when whom we trust has changed. What it says is written for both sides.

import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { type Identity, printIdentity, readIdentity } from "./identity.ts";
import { isAllowed, leadsToAuthority, type Trust } from "./tls-trust.ts";

/** Who has proved to be somebody, and by which certificate. */
export interface Peer {
  readonly identity: Identity;
  readonly fingerprint256: string;
}

/** Somebody we know, or why not. */
export type Verdict =
  | { readonly kind: "known"; readonly peer: Peer }
  | {
      readonly kind: "unknown";
      readonly reason: string;
      readonly because: string;
      /** What the certificate says of itself; nothing vouches for it. */
      readonly claimed?: string;
    };

/** After a handshake that refuses nobody: the socket knows what is wrong with the certificate. */
export function judge(socket: TLSSocket, trust: Trust): Verdict {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    return unknown("NO_CERTIFICATE", "it has shown no certificate");
  }
  const identity = readIdentity(certificate.subjectAltName);
  if (!socket.authorized) return judgeFault(String(socket.authorizationError), certificate);
  if (identity === undefined) {
    return unknown(
      "NO_IDENTITY",
      "its certificate does not have exactly one URI, and that an identity of this product",
    );
  }
  return judgeListed({ identity, fingerprint256: certificate.fingerprint256 }, trust);
}

/** For somebody who was let in before: is this certificate still one of those listed? */
export function judgeListed(peer: Peer, trust: Trust): Verdict {
  if (isAllowed(trust, peer)) return { kind: "known", peer };
  const who = printIdentity(peer.identity);
  const because = `allowed.txt does not list ${who} with its certificate`;
  return unknown("IDENTITY_REMOVED", because, who);
}

/** For somebody who was let in before: is there still an authority that vouches? */
export function judgeVouched(certificate: X509Certificate, trust: Trust): Verdict | undefined {
  // What came along with the certificate is not kept: whoever needs it shows it again.
  if (leadsToAuthority([certificate], trust)) return undefined;
  return judgeFault("its authority was removed", certificate);
}

// OpenSSL's names of what is wrong, as node gives them (X509_verify_cert_error_string(3)).
function judgeFault(code: string, certificate: X509Certificate): Verdict {
  const identity = readIdentity(certificate.subjectAltName);
  const claimed = identity === undefined ? undefined : printIdentity(identity);
  switch (code) {
    case "CERT_HAS_EXPIRED": {
      const { validTo } = certificate;
      const isItself = Date.parse(validTo) < Date.now();
      const because = isItself
        ? `its certificate was valid until ${validTo}`
        : "an authority over its certificate has expired";
      return unknown("CERTIFICATE_EXPIRED", because, claimed);
    }
    case "CERT_NOT_YET_VALID":
      return unknown(
        "CERTIFICATE_NOT_YET_VALID",
        `its certificate is valid from ${certificate.validFrom}`,
        claimed,
      );
    case "INVALID_PURPOSE":
      return unknown(
        "CERTIFICATE_UNTRUSTED",
        "its certificate is not meant for callers: extendedKeyUsage lacks clientAuth",
        claimed,
      );
    default:
      return unknown(
        "CERTIFICATE_UNTRUSTED",
        `no authority of ca.crt vouches for its certificate (${code})`,
        claimed,
      );
  }
}

function unknown(reason: string, because: string, claimed?: string): Verdict {
  return { kind: "unknown", reason, because, ...(claimed !== undefined && { claimed }) };
}

// Judges the other end of a connection by its certificate: once, when the connection is made, and
// again when whom we trust has changed. What it says is written for both sides.

import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { type Identity, printIdentity, readIdentity } from "./identity.ts";
import { chainOf, isAllowed, leadsToAuthority, type Trust } from "./tls-trust.ts";

/** Somebody we know, or why not. */
export type Verdict =
  | { readonly kind: "known"; readonly identity: Identity }
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
  return judgeListed(certificate, identity, trust);
}

/** For a connection that was let in before: is its certificate still one that we trust? */
export function judgeAgain(certificate: X509Certificate, trust: Trust): Verdict {
  const identity = readIdentity(certificate.subjectAltName);
  if (identity === undefined || !leadsToAuthority(chainOf(certificate), trust)) {
    return judgeFault("its authority was removed", certificate);
  }
  return judgeListed(certificate, identity, trust);
}

function judgeListed(certificate: X509Certificate, identity: Identity, trust: Trust): Verdict {
  const { fingerprint256 } = certificate;
  if (isAllowed(trust, { identity, fingerprint256 })) return { kind: "known", identity };
  const because = `allowed.txt does not list ${printIdentity(identity)} with its certificate`;
  return unknown("IDENTITY_REMOVED", because, printIdentity(identity));
}

// OpenSSL's names of what is wrong, as node gives them (X509_verify_cert_error_string(3)).
function judgeFault(code: string, certificate: X509Certificate): Verdict {
  const identity = readIdentity(certificate.subjectAltName);
  const claimed = identity === undefined ? undefined : printIdentity(identity);
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return unknown(
        "CERTIFICATE_EXPIRED",
        `its certificate was valid until ${certificate.validTo}`,
        claimed,
      );
    case "CERT_NOT_YET_VALID":
      return unknown(
        "CERTIFICATE_NOT_YET_VALID",
        `its certificate is valid from ${certificate.validFrom}`,
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

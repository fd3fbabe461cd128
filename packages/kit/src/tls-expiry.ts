// Warns of certificates that end soon: the one of this service, and the authorities it trusts. Once
// a day, so that it is seen and does not fill the log.

import type { X509Certificate } from "node:crypto";
import type { Logger } from "./log.ts";
import type { Family } from "./metric-family.ts";
import type { Material } from "./tls-material.ts";

const dayMs = 86_400_000;

/** Tells of a certificate that is at its end. Call it as often as you like. */
export function createExpiryTeller(
  log: Pick<Logger, "warn" | "error">,
  { expiryWarningMs }: { readonly expiryWarningMs: number },
): (material: Pick<Material, "leaf" | "authorities">, wallMs: number) => void {
  const toldMs = new Map<string, number>();
  return ({ leaf, authorities }, wallMs) => {
    for (const certificate of [leaf, ...authorities]) {
      const endMs = Date.parse(certificate.validTo);
      if (wallMs < endMs - expiryWarningMs) continue;
      const hasEnded = wallMs >= endMs;
      const key = `${certificate.fingerprint256} ${hasEnded}`;
      if (wallMs - (toldMs.get(key) ?? Number.NEGATIVE_INFINITY) < dayMs) continue;
      toldMs.set(key, wallMs);
      const { subjectAltName, subject, validTo, fingerprint256 } = certificate;
      const whose = certificate === leaf ? subjectAltName : subject;
      const fields = { whose, validTo, fingerprint256 };
      if (hasEnded) log.error(fields, "A certificate has expired: connections with it are refused");
      else log.warn(fields, "A certificate expires soon");
    }
    // Only those that are in use are remembered.
    const inUse = [leaf, ...authorities].map((each) => each.fingerprint256);
    for (const key of toldMs.keys()) {
      if (!inUse.some((fingerprint) => key.startsWith(fingerprint))) toldMs.delete(key);
    }
  };
}

/** When each certificate in use ends. Without TLS there are none. */
export function expiryFamily(
  tls:
    | {
        readonly own: { readonly service: string };
        material(): Pick<Material, "leaf" | "authorities">;
      }
    | undefined,
): Family {
  return {
    type: "gauge",
    name: "hot_backup_certificate_expires_timestamp_seconds",
    help: "When a certificate in use ends (Unix time): renew it before, no restart is needed",
    labels: ["file", "role", "fingerprint"],
    *read() {
      if (tls === undefined) return;
      const { leaf, authorities } = tls.material();
      yield sampleOf(leaf, [`${tls.own.service}.crt`, "own"]);
      for (const each of authorities) yield sampleOf(each, ["ca.crt", "authority"]);
    },
  };
}

// Two authorities of one name are the usual case while one takes the place of the other.
function sampleOf(certificate: X509Certificate, labels: readonly string[]) {
  const fingerprint = certificate.fingerprint256.replaceAll(":", "").slice(0, 16).toLowerCase();
  return { labels: [...labels, fingerprint], value: Date.parse(certificate.validTo) / 1000 };
}

// The dialing end of TLS: shows the certificate of this service, and insists that the other end is
// the very service that was meant. The only user of the certificate providers of grpc-js, which let
// a long-lived client use new certificates with its next connection.

import type { PeerCertificate } from "node:tls";
import { type ChannelCredentials, type ChannelOptions, experimental } from "@grpc/grpc-js";
import { printIdentity, readIdentity, type ServiceIdentity } from "./identity.ts";
import type { Material } from "./tls-material.ts";
import { isAllowed } from "./tls-trust.ts";

/** How to connect to one service and be sure that it is the one. */
export interface SecureTarget {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** Certificates that change over time. */
export interface MaterialSource {
  material(): Material;
  /** Calls the listener after each change; returns what ends that. */
  onChange(listener: () => void): () => void;
}

/** Makes the targets of one service. They share what is known of its certificates. */
export function createTargets(source: MaterialSource): (expected: ServiceIdentity) => SecureTarget {
  const provider = createProvider(source);
  return (expected) => ({
    credentials: experimental.createCertificateProviderChannelCredentials(provider, provider, {
      checkServerIdentity: (_host, peer) => whyNot(peer, expected, source.material()),
    }),
    // Only the identity counts. Some name has to be sent all the same, and an address is none.
    options: { "grpc.ssl_target_name_override": expected.server },
  });
}

function whyNot(
  peer: PeerCertificate,
  wanted: ServiceIdentity,
  material: Material,
): Error | undefined {
  const expected = printIdentity(wanted);
  const identity = readIdentity(peer.subjectaltname);
  if (identity === undefined || printIdentity(identity) !== expected) {
    const whose = identity === undefined ? "nobody whom we know" : printIdentity(identity);
    return new Error(`its certificate is of ${whose}, and must be of ${expected}`);
  }
  const { fingerprint256 } = peer;
  if (isAllowed(material, { identity, fingerprint256 })) return undefined;
  return new Error(`allowed.txt does not list ${expected} with its certificate`);
}

function createProvider(source: MaterialSource): experimental.CertificateProvider {
  const authorities = createFeed(source, ({ authoritiesPem }) => ({
    caCertificate: authoritiesPem,
  }));
  const identities = createFeed(source, ({ certificatePem, keyPem }) => ({
    certificate: certificatePem,
    privateKey: keyPem,
  }));
  return {
    addCaCertificateListener: authorities.add,
    removeCaCertificateListener: authorities.remove,
    addIdentityCertificateListener: identities.add,
    removeIdentityCertificateListener: identities.remove,
  };
}

// Tells each listener what is now, and then every change.
function createFeed<Update>(source: MaterialSource, pick: (material: Material) => Update) {
  type Listener = (update: Update | null) => void;
  const ends = new Map<Listener, () => void>();
  return {
    add: (listener: Listener) => {
      const tell = () => listener(pick(source.material()));
      ends.set(listener, source.onChange(tell));
      tell();
    },
    remove: (listener: Listener) => {
      ends.get(listener)?.();
      ends.delete(listener);
    },
  };
}

// The certificates of one identity: read from a directory, looked at again every now and then, and
// taken over without a restart when they have changed and fit together. Listening and dialing use
// what is here at that moment.

import { constants } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import type { Identity, ServiceIdentity } from "./identity.ts";
import type { Logger } from "./log.ts";
import { createTargets, type MaterialSource, type SecureTarget } from "./tls-dial.ts";
import { createExpiryTeller } from "./tls-expiry.ts";
import { type Material, readMaterial } from "./tls-material.ts";
import { readNews } from "./tls-news.ts";

/** The section `tls` of an instance file. */
export interface TlsSettings {
  /** Absolute path of ca.crt, <service>.crt and <service>.key; most often a link. */
  readonly directory: string;
  /** Between two looks at the directory. */
  readonly refreshMs: number;
  /** How long before its end a certificate is warned of. */
  readonly expiryWarningMs: number;
}

/** The certificates of one identity, most often a service, as they are now. */
export interface Tls<Own extends Identity = ServiceIdentity> extends MaterialSource, Disposable {
  readonly own: Own;
  /** What a listener shows and trusts. */
  listenerContext(): SecureContextOptions;
  /** How to reach a service that must prove to be the expected one. */
  targetOf(expected: ServiceIdentity): SecureTarget;
  /** Looks at the directory from now on, and warns of what ends soon. */
  watch(log: Logger): void;
}

/** Reads the directory. Throws BAD_CERTIFICATES when it cannot be used. */
export async function openTls<Own extends Identity>(
  settings: TlsSettings,
  own: Own,
): Promise<Tls<Own>> {
  let material = await readMaterial(settings.directory, own);
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  const source: MaterialSource = {
    material: () => material,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const take = (news: Material) => {
    material = news;
    for (const listener of listeners) listener();
  };
  return {
    ...source,
    own,
    listenerContext: () => ({
      ca: material.authoritiesPem,
      cert: material.certificatePem,
      key: material.keyPem,
      minVersion: "TLSv1.3",
      // Every connection shows its certificate: a session that is taken up again would vouch for
      // one that has ended meanwhile.
      secureOptions: constants.SSL_OP_NO_TICKET,
    }),
    targetOf: createTargets(source),
    watch: (log) => {
      const tellExpiry = createExpiryTeller(log, settings);
      const look = createLook({ settings, own, log, material: source.material, take });
      tellExpiry(material, Date.now());
      clearInterval(timer);
      timer = setInterval(() => {
        void look().then(() => tellExpiry(material, Date.now()));
      }, settings.refreshMs).unref();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

// What cannot be used changes nothing, and is told once until it is something else.
function createLook(given: {
  settings: TlsSettings;
  own: Identity;
  log: Logger;
  material(): Material;
  take(news: Material): void;
}): () => Promise<void> {
  const { settings, own, log, material, take } = given;
  let problem = "";
  let isLooking = false;
  return async () => {
    // A folder that does not answer must not be asked again and again.
    if (isLooking) return;
    isLooking = true;
    try {
      const read = () => readMaterial(settings.directory, own);
      const news = await readNews({ read, inUse: material() });
      problem = "";
      if (news === undefined) return;
      take(news);
      const { validTo, fingerprint256 } = news.leaf;
      log.info({ validTo, fingerprint256 }, "New certificates are in use");
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      if (because !== problem)
        log.error({ because }, "The certificates in use stay: no others fit");
      problem = because;
    } finally {
      isLooking = false;
    }
  };
}

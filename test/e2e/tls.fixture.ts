// A bed with mTLS on every address, and an operator who looks at it.

import { readFileSync } from "node:fs";
import { Certificates } from "@hot-backup/kit/certificates.fixture.ts";
import { serviceIdentity, type ServiceName } from "@hot-backup/kit/identity.ts";
import { openTls } from "@hot-backup/kit/tls.ts";
import type { Instance } from "@hot-backup/testbed/instance.ts";
import type { TwoServersOptions } from "@hot-backup/testbed/two-servers.ts";
import { openMemoryLog } from "@hot-backup/kit/wire.fixture.ts";
import { type Bed, openBed, withinMs } from "./bed.fixture.ts";

const servers = { "primary.yaml": "primary-1", "backup.yaml": "backup-1" } as const;

const services: Readonly<Record<ServingName, readonly [string, ServiceName]>> = {
  primaryHeartbeat: ["primary-1", "heartbeat"],
  primaryChannels: ["primary-1", "channels"],
  monitor: ["backup-1", "monitor"],
  backupChannels: ["backup-1", "channels"],
  notify: ["backup-1", "notify"],
};
type ServingName = Parameters<NonNullable<TwoServersOptions["secureOf"]>>[0];

/** A bed, and where its certificates come from. */
export interface SecureBed extends AsyncDisposable {
  readonly bed: Bed;
  readonly certificates: Certificates;
  /** New leaves for everybody; resolves when every service has taken them over. */
  renewAll(): Promise<void>;
}

/** Starts both servers; what is asked of them is asked by the operator ada. */
export async function openSecureBed(): Promise<SecureBed> {
  const certificates = await Certificates.open();
  for (const id of Object.values(servers)) await certificates.server(id);
  const directory = await certificates.person("operator", "ada");
  const settings = { directory, refreshMs: 200, expiryWarningMs: 0 };
  const ada = await openTls(settings, { kind: "operator", name: "ada" } as const);
  const { log } = openMemoryLog();
  const bed = await openBed(
    (file, document) => {
      if (file !== "primary.yaml" && file !== "backup.yaml") return;
      const own = certificates.directory(servers[file]);
      document.set("tls", document.createNode({ directory: own, refresh: "200ms" }));
      if (file !== "primary.yaml") return;
      // The bed has put its own address there, as a value that is no node of the document.
      const [address] = Array.from(Object(document.getIn(["heartbeat", "monitors"])));
      const monitors = [{ server: "backup-1", address }];
      document.setIn(["heartbeat", "monitors"], document.createNode(monitors));
    },
    (of) => ada.targetOf(serviceIdentity(...services[of])),
  );
  ada.watch(log);
  let renewals = 0;
  return {
    bed,
    certificates,
    renewAll: async () => {
      renewals += 1;
      const before = ada.material();
      for (const entry of [...Object.values(servers), "operator-ada"]) {
        await certificates.renew(entry);
      }
      const { primary, backup } = bed.servers;
      await bed.servers.waitFor(
        "new certificates everywhere",
        withinMs,
        () =>
          ada.material() !== before &&
          [primary, backup].every((instance) => countTakenOver(instance) >= renewals),
      );
    },
    [Symbol.asyncDispose]: async () => {
      await bed[Symbol.asyncDispose]();
      ada[Symbol.dispose]();
      certificates[Symbol.dispose]();
    },
  };
}

/** How often every service of an instance has taken certificates over, at least. */
function countTakenOver(instance: Instance): number {
  const counts = instance.services.map(
    (name) => readLog(instance, name).split("New certificates are in use").length - 1,
  );
  return Math.min(...counts);
}

/** What a service has logged so far. */
export function readLog(instance: Instance, name: ServiceName): string {
  return readFileSync(instance.logFile(name), "utf8");
}

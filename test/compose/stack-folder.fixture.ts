// What a stack needs of this machine: a temporary folder with certificates, and with the
// configuration as it is in deploy/config, but for times that a machine which stalls keeps.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { deployFolder } from "./engine.ts";

/** The console too, and on free ports: 0 asks the engine for one. */
const apartFromOthers = {
  COMPOSE_PROFILES: "console",
  PRIMARY_HEARTBEAT_PORT: "0",
  PRIMARY_CHANNELS_PORT: "0",
  BACKUP_MONITOR_PORT: "0",
  BACKUP_CHANNELS_PORT: "0",
  BACKUP_NOTIFY_PORT: "0",
  CONSOLE_PORT: "0",
  MAILBOX_PORT: "0",
};

/** A folder of one stack. */
export interface StackFolder extends Disposable {
  readonly path: string;
  /** Tells compose what to start, and where everything is. */
  readonly environment: Readonly<Record<string, string>>;
  /** How the operator of this folder calls the services. */
  operator(): ChannelCredentials;
  /** Who signed for everybody. */
  readonly authority: Buffer;
  /** Signs the operator of the console in. */
  readonly token: string;
  /** The certificate of whoever reads metrics, and its key. */
  readonly reader: string;
}

/** Makes the folder and all that is in it. */
export function makeStackFolder(): StackFolder {
  const path = mkdtempSync(join(tmpdir(), "hot-backup-compose-"));
  const tls = join(path, "tls");
  const config = join(path, "config");
  execFileSync(join(deployFolder, "demo", "prepare"), [tls], { stdio: "pipe" });
  const certificates = join(deployFolder, "certificates");
  execFileSync(certificates, ["reader", tls, "prometheus"], { stdio: "pipe" });
  const tokenFile = join(path, "secrets", "console-token");
  writePatientConfig(config);
  const read = (name: string) => readFileSync(join(tls, "operator-demo", "current", name));
  return {
    path,
    environment: {
      ...apartFromOthers,
      CERTIFICATES_FOLDER: tls,
      CONFIG_FOLDER: config,
      CONSOLE_TOKEN_FILE: tokenFile,
    },
    operator: () =>
      credentials.createSsl(read("ca.crt"), read("operator.key"), read("operator.crt")),
    authority: read("ca.crt"),
    token: readFileSync(tokenFile, "utf8").trim(),
    reader: join(tls, "reader-prometheus"),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

// What is tested is who does what, not how soon: the machines of tests stall for seconds.
function writePatientConfig(folder: string): void {
  cpSync(join(deployFolder, "config"), folder, { recursive: true });
  const file = join(folder, "backup.yaml");
  const text = readFileSync(file, "utf8");
  const patient = text
    .replace("threshold: 2s", "threshold: 8s")
    .replace("lease: 1500ms", "lease: 6s");
  if (patient === text) throw new Error(`Cannot find the threshold and the lease in ${file}`);
  writeFileSync(file, patient);
}

// What a stack needs of this machine: a temporary folder with certificates, and with the
// configuration as it is in deploy/config, but for times that a machine which stalls keeps.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { deployFolder } from "./engine.ts";

/** A folder of one stack. */
export interface StackFolder extends Disposable {
  readonly path: string;
  /** Tells compose where everything is. */
  readonly environment: Readonly<Record<string, string>>;
  /** How the operator of this folder calls the services. */
  operator(): ChannelCredentials;
}

/** Makes the folder and all that is in it. */
export function makeStackFolder(): StackFolder {
  const path = mkdtempSync(join(tmpdir(), "hot-backup-compose-"));
  const tls = join(path, "tls");
  const config = join(path, "config");
  execFileSync(join(deployFolder, "demo", "prepare"), [tls], { stdio: "pipe" });
  writePatientConfig(config);
  const read = (name: string) => readFileSync(join(tls, "operator-demo", "current", name));
  return {
    path,
    environment: { CERTIFICATES_FOLDER: tls, CONFIG_FOLDER: config },
    operator: () =>
      credentials.createSsl(read("ca.crt"), read("operator.key"), read("operator.crt")),
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

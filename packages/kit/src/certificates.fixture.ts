// Certificates for tests, made by deploy/certificates in a temporary folder; and the broken ones
// that it refuses to make.

import { execFile } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ProgramName, serviceNames } from "./identity.ts";

/** Without holding this process up: it may carry the heartbeats of a bed. */
const execute = promisify(execFile);

const script = fileURLToPath(new URL("../../../deploy/certificates", import.meta.url));

/** An authority and whom it has signed. Removed by disposing of it. */
export class Certificates implements Disposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Certificates> {
    const certificates = new Certificates(mkdtempSync(join(tmpdir(), "hot-backup-certificates-")));
    await certificates.run("ca", certificates.folder);
    return certificates;
  }

  /** The TLS directory of a server: a link that moves. */
  async server(id: string, services: readonly ProgramName[] = serviceNames): Promise<string> {
    await this.run("server", this.folder, id, "--services", services.join(","));
    return this.directory(id);
  }

  /** The TLS directory of an operator or a reader. */
  async person(kind: "operator" | "reader", name: string): Promise<string> {
    await this.run(kind, this.folder, name);
    return this.directory(`${kind}-${name}`);
  }

  /** New leaves; the link moves to them. */
  async renew(entry: string): Promise<void> {
    await this.run("renew", this.folder, entry);
  }

  directory(entry: string): string {
    return join(this.folder, entry, "current");
  }

  /** Signs the leaf of a directory once more, as it was, but for a time that is over. */
  async expire(directory: string, service: string): Promise<void> {
    await this.#sign(directory, { service, copied: "copyall", more: ["-days", "-1"] });
  }

  /** Signs the leaf of a directory for other names. */
  async rename(directory: string, service: string, subjectAltName: string): Promise<void> {
    const extensions = join(directory, "extensions");
    writeFileSync(extensions, `subjectAltName=${subjectAltName}\n`);
    const more = ["-days", "1", "-extfile", extensions];
    await this.#sign(directory, { service, copied: "none", more });
  }

  /** Lets a leaf sign an operator, as if it were an authority, and send itself along. */
  async signWithLeaf(
    directory: string,
    { signer, forged }: { signer: string; forged: string },
  ): Promise<void> {
    const path = (file: string) => join(directory, file);
    const extensions = path("forged.extensions");
    writeFileSync(extensions, "subjectAltName=URI:spiffe://hot-backup/operator/eve\n");
    const csr = ["-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const files = ["-keyout", path(`${forged}.key`), "-out", path(`${forged}.csr`)];
    await execute("openssl", ["req", ...csr, ...files, "-subj", "/CN=eve"]);
    const by = ["-CA", path(`${signer}.crt`), "-CAkey", path(`${signer}.key`), "-set_serial", "7"];
    const certificate = path(`${forged}.crt`);
    const made = ["-in", path(`${forged}.csr`), "-out", certificate, "-extfile", extensions];
    await openssl(["-req", ...made, ...by, "-days", "1"]);
    appendFileSync(certificate, readFileSync(path(`${signer}.crt`)));
  }

  /** Puts the authority of another folder in the place of, or beside, the one that is trusted. */
  trust(directory: string, ...others: readonly Certificates[]): void {
    const texts = others.map(({ folder }) => readFileSync(join(folder, "ca/ca.crt"), "utf8"));
    writeFileSync(join(directory, "ca.crt"), texts.join("\n"));
  }

  /** Lets a directory carry the leaf of somebody else: "<path>.crt" and ".key". */
  swap(directory: string, { from, to }: { from: string; to: string }): void {
    for (const end of ["crt", "key"]) {
      copyFileSync(`${from}.${end}`, join(directory, `${to}.${end}`));
    }
  }

  /** The files of a directory once more, for a test that changes them. */
  copy(directory: string, to: string): void {
    cpSync(realpathSync(directory), to, { recursive: true });
  }

  /** A leaf and its key. */
  read(directory: string, service: string): { certificatePem: Buffer; keyPem: Buffer } {
    const read = (end: string) => readFileSync(join(directory, `${service}.${end}`));
    return { certificatePem: read("crt"), keyPem: read("key") };
  }

  /** Runs deploy/certificates. Throws with what it said when it fails. */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute(script, args);
    return stdout;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #sign(
    directory: string,
    { service, copied, more }: { service: string; copied: string; more: readonly string[] },
  ): Promise<void> {
    const certificate = join(directory, `${service}.crt`);
    const key = join(directory, `${service}.key`);
    const request = join(directory, `${service}.csr`);
    const authority = join(this.folder, "ca", "ca");
    const signer = ["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`, "-set_serial", "4711"];
    const copying = ["-copy_extensions", copied];
    await openssl(["-x509toreq", "-in", certificate, "-signkey", key, "-out", request, ...copying]);
    await openssl(["-req", "-in", request, "-out", certificate, ...signer, ...copying, ...more]);
  }
}

async function openssl(args: readonly string[]): Promise<void> {
  await execute("openssl", ["x509", ...args]);
}

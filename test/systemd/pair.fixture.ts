// Two hosts that run systemd, one for each server, with what the tests need of both: certificates,
// programs, and a folder in which every run of a channel says that it runs.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { z } from "zod";
import { deployFolder, docker } from "../compose/engine.ts";
import { bootHost, type Host } from "./host.fixture.ts";

const root = join(deployFolder, "..");

/** What deploy/install reads of a clone, but for its node_modules. */
const parts =
  "package.json package-lock.json LICENSE CHANGELOG.md docs deploy scripts proto packages " +
  "services clients";

const logLine = z.object({ msg: z.string(), signal: z.string().optional() });

/** Says again and again who runs it. */
const witness = `#!/bin/bash
while :; do
  echo "$HOT_BACKUP_SERVER $$ $HOT_BACKUP_TERM" >>/exchange/lines
  sleep 0.2
done
`;

/** Leaves a process that carries no mark of its run, in a session of its own. */
const wanderer = `#!/bin/bash
env -i setsid sleep 87654 &
exec sleep 87655
`;

const protectedChannel = `channels:
  - name: witness
    protectedBy: primary-1
    process: { command: [/programs/witness], workingDirectory: /exchange }
    stop: { timeout: 1s }
`;

const localChannel = `  - name: wanderer
    process: { command: [/programs/wanderer], workingDirectory: /exchange }
    stop: { timeout: 1s }
`;

/** One run of the protected channel, as it told of itself. */
export interface Run {
  readonly server: string;
  readonly pid: string;
  readonly term: bigint;
}

/** Boots both hosts. Nothing is installed on them yet. */
export async function openPair(): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-systemd-"));
  const network = `hb-systemd-${process.pid}`;
  await docker(["network", "create", network]);
  const hosts: Host[] = [];
  try {
    prepare(folder);
    await buildPage(join(folder, "source"));
    for (const name of ["primary-1", "backup-1"]) {
      const folders = {
        "/source:ro": join(folder, "source"),
        "/source/node_modules:ro": join(root, "node_modules"),
        "/exchange": join(folder, "exchange"),
        "/programs:ro": join(folder, "programs"),
        [`/certificates/${name}:ro`]: join(folder, "tls", name),
        // Installed on one of them.
        "/certificates/console-1:ro": join(folder, "tls", "console-1"),
      };
      hosts.push(await bootHost(name, { network, folders }));
    }
    const [primary, backup] = hosts;
    if (primary === undefined || backup === undefined) throw new Error("A host is missing");
    return new Pair({ primary, backup, folder, network });
  } catch (error) {
    await closeAll({ hosts, folder, network });
    throw error;
  }
}

export class Pair implements AsyncDisposable {
  readonly primary: Host;
  readonly backup: Host;
  readonly #folder: string;
  readonly #network: string;

  constructor(parts: { primary: Host; backup: Host; folder: string; network: string }) {
    this.primary = parts.primary;
    this.backup = parts.backup;
    this.#folder = parts.folder;
    this.#network = parts.network;
  }

  /** Configuration with the channel of the test, and times that a machine which stalls keeps. */
  async configure(): Promise<void> {
    const lay = (text: string, server: string) =>
      `cat >/etc/hot-backup/${server}/channels.yaml <<'END'\n${text}END`;
    await this.primary.run(lay(protectedChannel + localChannel, "primary-1"));
    await this.backup.run(lay(protectedChannel, "backup-1"));
    const patient = "s/threshold: 4s/threshold: 16s/; s/lease: 3s/lease: 12s/";
    await this.backup.run(`sed -i '${patient}' /etc/hot-backup/backup-1/server.yaml`);
  }

  /** Every run so far, in the order in which they began to tell. */
  runs(): readonly Run[] {
    return this.#lines().filter((run, index, all) => !isSame(run, all[index - 1]));
  }

  /** The run that told last. */
  lastRun(): Run | undefined {
    return this.#lines().at(-1);
  }

  /** Waits until a run that began after this call, or runs now, is on this server. */
  async untilRunningOn(server: string): Promise<Run> {
    const before = this.#lines().length;
    let found: Run | undefined;
    await this.backup.waitFor(`the channel to run on ${server}`, () => {
      found = this.#lines().slice(before).at(-1);
      return Promise.resolve(found?.server === server);
    });
    if (found === undefined) throw new Error("A run was found and is not there");
    return found;
  }

  /** The signals of the primary so far. */
  async signals(): Promise<string[]> {
    const text = await this.backup.journal("hot-backup-monitor@backup-1.service");
    return text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => logLine.parse(JSON.parse(line)))
      .flatMap(({ msg, signal }) => (msg === "Signal" && signal !== undefined ? [signal] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hosts = [this.primary, this.backup];
    await closeAll({ hosts, folder: this.#folder, network: this.#network });
  }

  #lines(): Run[] {
    const text = readFileSync(join(this.#folder, "exchange", "lines"), "utf8");
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => {
        const [server = "", pid = "", term = ""] = line.split(" ");
        return { server, pid, term: BigInt(term) };
      });
  }
}

function isSame(run: Run, other: Run | undefined): boolean {
  return run.server === other?.server && run.pid === other.pid && run.term === other.term;
}

function prepare(folder: string): void {
  // A copy: whoever works in this clone meanwhile shall not make a new release of it.
  for (const part of parts.split(" ")) {
    cpSync(join(root, part), join(folder, "source", part), { recursive: true });
  }
  mkdirSync(join(folder, "source", "node_modules"));
  const certificates = (...words: string[]) =>
    execFileSync(join(deployFolder, "certificates"), words, { stdio: "pipe" });
  const tls = join(folder, "tls");
  certificates("ca", tls);
  certificates("server", tls, "primary-1", "--services", "heartbeat,channels");
  certificates("server", tls, "backup-1", "--services", "monitor,channels,notify");
  certificates("server", tls, "console-1", "--services", "console");
  for (const name of ["exchange", "programs"]) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries({ witness, wanderer })) {
    writeFileSync(join(folder, "programs", name), text);
    chmodSync(join(folder, "programs", name), 0o755);
  }
  // Users of the hosts are strangers to this machine.
  writeFileSync(join(folder, "exchange", "lines"), "");
  for (const place of ["", "programs", "exchange", "exchange/lines"]) {
    chmodSync(join(folder, place), place.startsWith("exchange") ? 0o777 : 0o755);
  }
}

/** What a release holds of the page of the console. */
async function buildPage(source: string): Promise<void> {
  const configFile = join(root, "clients", "console", "vite.config.ts");
  const outDir = join(source, "clients", "console", "dist");
  await build({ configFile, logLevel: "warn", mode: "production", build: { outDir } });
}

async function closeAll(parts: { hosts: readonly Host[]; folder: string; network: string }) {
  for (const host of parts.hosts) await host[Symbol.asyncDispose]();
  await docker(["network", "rm", parts.network]);
  rmSync(parts.folder, { recursive: true });
}

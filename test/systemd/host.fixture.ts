// A machine that runs systemd: a container with it as the first process.

import { waitFor } from "@hot-backup/testbed/wait.ts";
import { docker } from "../compose/engine.ts";

/** How long a busy machine may take for anything. */
const patienceMs = 120_000;

/** Asking costs a process or two. */
const everyMs = 250;

export interface HostOptions {
  readonly network: string;
  /** Folders of this machine, by where they are on the host, the outer ones first. */
  readonly folders: Readonly<Record<string, string>>;
}

/** Starts a host and waits until it has booted. */
export async function bootHost(name: string, options: HostOptions): Promise<Host> {
  const id = `hb-systemd-${process.pid}-${name}`;
  const folders = Object.entries(options.folders);
  // What systemd needs to mount and to make control groups, and where it keeps what does not last.
  const rights = "--cap-add SYS_ADMIN --cgroupns private --security-opt seccomp=unconfined";
  const more = "--security-opt apparmor=unconfined --env container=docker";
  const places = "--tmpfs /run --tmpfs /run/lock --tmpfs /tmp:exec";
  const named = `--name ${id} --hostname ${name} --network ${options.network}`;
  await docker([
    "run",
    "--detach",
    ...[named, "--network-alias", name, rights, more, places].join(" ").split(" "),
    ...folders.flatMap(([there, here]) => ["--volume", `${here}:${there}`]),
    process.env["HOT_BACKUP_SYSTEMD_IMAGE"] ?? "",
  ]);
  const host = new Host(id);
  await host.untilBooted();
  return host;
}

/** A running host. */
export class Host implements AsyncDisposable {
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  /** Runs a shell script as root, and tells what it printed. */
  async run(script: string): Promise<string> {
    const words = ["exec", this.#id, "bash", "-c", `set -e -o pipefail\n${script}`];
    return (await docker(words)).stdout.trim();
  }

  /** Runs a script that must fail, and tells its exit code and what it said. */
  async fail(script: string): Promise<{ code: number; said: string }> {
    const said = await this.run(`{ ${script}; } 2>&1 && exit 0 || echo "code=$?"`);
    const code = /code=(\d+)$/.exec(said)?.[1];
    if (code === undefined) throw new Error(`It did not fail: ${script}: ${said}`);
    return { code: Number(code), said };
  }

  install(...words: string[]): Promise<string> {
    return this.run(`/source/deploy/install ${words.join(" ")} 2>&1`);
  }

  /** Makes a clone beside /source, and changes it by a script that runs there. */
  async copySource(folder: string, change: string): Promise<void> {
    await this.run(`mkdir ${folder} && cd /source
    cp -r $(ls | grep -v node_modules) ${folder}
    ln -s /source/node_modules ${folder}/node_modules
    cd ${folder} && ${change}`);
  }

  /** One property of a unit. */
  show(unit: string, property: string): Promise<string> {
    return this.run(`systemctl show --property ${property} --value ${unit}`);
  }

  mainPid(unit: string): Promise<string> {
    return this.show(unit, "MainPID");
  }

  async isActive(unit: string): Promise<boolean> {
    return (await this.show(unit, "ActiveState")) === "active";
  }

  /** Whether a process of this id lives. */
  async lives(pid: string): Promise<boolean> {
    return (await this.run(`kill -0 ${pid} 2>/dev/null && echo yes || echo no`)) === "yes";
  }

  waitFor(what: string, isSo: () => Promise<boolean>): Promise<boolean> {
    return waitFor(what, isSo, { withinMs: patienceMs, everyMs });
  }

  /** Pulls the plug. */
  async cutPower(): Promise<void> {
    await docker(["kill", this.#id]);
  }

  async bootAgain(): Promise<void> {
    await docker(["start", this.#id]);
    await this.untilBooted();
  }

  async untilBooted(): Promise<void> {
    await this.waitFor("the host to boot", async () => {
      const state = await this.run("systemctl is-system-running 2>&1 || true");
      return state === "running" || state === "degraded";
    });
  }

  /** What the journal has of a unit, without dates. */
  journal(unit: string): Promise<string> {
    return this.run(`journalctl --quiet --output cat --unit '${unit}'`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await docker(["rm", "--force", "--volumes", this.#id]);
  }
}

// One server instance: its configuration file, its services, and everything that they run. It can
// fail in the ways in which machines fail: stopped in order, killed at once, frozen in part, or one
// service at a time.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readEnvironment, listProcesses, sendSignal, withDescendants } from "./processes.ts";
import {
  type Ending,
  type ServiceName,
  serviceNames,
  type ServiceProcess,
  startService,
} from "./service-process.ts";
import { waitFor } from "./wait.ts";

/** Longest orderly stop of one service before it is called a failure. */
const stopWithinMs = 15_000;

const goneWithinMs = 5_000;

/** Instances whose processes must not outlive this one. */
const open = new Set<Instance>();
process.on("exit", () => {
  for (const instance of open) instance.endAtOnce();
});

/** Program and arguments that become a service, such as nsenter. Empty: none. */
export type Launchers = (service: ServiceName) => readonly string[];

/** A server instance made of real processes. */
export class Instance implements AsyncDisposable {
  readonly name: string;
  readonly services: readonly ServiceName[];
  readonly #configFile: string;
  readonly #logFolder: string;
  readonly #launcherOf: Launchers;
  readonly #running = new Map<ServiceName, ServiceProcess>();
  /** Values of HOT_BACKUP_STORE that channels of this instance were seen with. */
  readonly #stores = new Set<string>();

  constructor(options: {
    name: string;
    services: readonly ServiceName[];
    configFile: string;
    logFolder: string;
    launcherOf?: Launchers | undefined;
  }) {
    this.name = options.name;
    this.services = serviceNames.filter((name) => options.services.includes(name));
    this.#configFile = options.configFile;
    this.#logFolder = options.logFolder;
    this.#launcherOf = options.launcherOf ?? (() => []);
    open.add(this);
  }

  /** Starts the services that do not run; does not wait until they serve. */
  start(
    names: readonly ServiceName[] = this.services,
    environment: Readonly<Record<string, string>> = {},
  ): void {
    for (const name of names) {
      if (this.#running.get(name)?.isRunning() === true) continue;
      const service = startService(name, {
        configFile: this.#configFile,
        logFile: this.logFile(name),
        launcher: this.#launcherOf(name),
        environment,
      });
      this.#running.set(name, service);
    }
  }

  /** Process id of a service. Throws when it was never started. */
  pid(name: ServiceName): number {
    return this.#service(name).pid;
  }

  isRunning(name: ServiceName): boolean {
    return this.#running.get(name)?.isRunning() ?? false;
  }

  /** Resolves when a service has ended by itself or by a signal. */
  ended(name: ServiceName): Promise<Ending> {
    return this.#service(name).ended;
  }

  /** SIGKILL to one service only, as when it crashes. */
  async killService(name: ServiceName): Promise<void> {
    this.processes();
    const service = this.#service(name);
    service.send("SIGKILL");
    await service.ended;
  }

  /**
   * Everything of this instance dies at once, as when its machine loses power. Returns when
   * nothing is left.
   */
  async kill(): Promise<void> {
    this.endAtOnce();
    await waitFor(
      `every process of ${this.name} to be gone`,
      () => {
        this.endAtOnce();
        return this.processes().size === 0;
      },
      { withinMs: goneWithinMs, everyMs: 5 },
    );
  }

  /** SIGKILL to everything of this instance, without waiting. */
  endAtOnce(): void {
    // Stopped first, so that nothing new is started while the rest is looked up.
    this.#each((service) => service.send("SIGSTOP"));
    for (const pid of this.processes()) sendSignal(pid, "SIGKILL");
  }

  /** SIGSTOP to some services; their channels run on. */
  freeze(names: readonly ServiceName[]): void {
    for (const name of names) this.#service(name).send("SIGSTOP");
  }

  /** SIGSTOP to everything, channels and guards too, as when its machine is paused. */
  freezeAll(): void {
    for (const pid of this.processes()) sendSignal(pid, "SIGSTOP");
  }

  /** SIGCONT to everything. */
  thawAll(): void {
    for (const pid of this.processes()) sendSignal(pid, "SIGCONT");
  }

  /** SIGCONT to all services. */
  thaw(): void {
    this.#each((service) => service.send("SIGCONT"));
  }

  /** A signal to some services at once, without waiting. Those that do not run are passed over. */
  send(names: readonly ServiceName[], signal: NodeJS.Signals): void {
    this.#each((service) => {
      if (names.includes(service.name)) service.send(signal);
    });
  }

  /** SIGTERM to one service after the other, heartbeat first. Returns how each one ended. */
  async stop(names: readonly ServiceName[] = this.services): Promise<Map<ServiceName, Ending>> {
    const endings = new Map<ServiceName, Ending>();
    for (const service of serviceNames.flatMap((name) => this.#running.get(name) ?? [])) {
      if (!names.includes(service.name)) continue;
      service.send("SIGTERM");
      const late = pause(stopWithinMs, undefined, { ref: false });
      const ending = await Promise.race([service.ended, late]);
      if (ending === undefined) {
        throw new Error(`Cannot stop ${service.name} of ${this.name}: it ignores SIGTERM`);
      }
      endings.set(service.name, ending);
    }
    return endings;
  }

  /**
   * Process ids of everything of this instance: services, guards, channels, and what these have
   * started.
   */
  processes(): Set<number> {
    const services = [...this.#running.values()].filter((each) => each.isRunning());
    const family = withDescendants(services.map((each) => each.pid));
    for (const pid of family) {
      const store = readEnvironment(pid).get("HOT_BACKUP_STORE");
      if (store !== undefined) this.#stores.add(store);
    }
    if (this.#stores.size === 0) return family;
    const marked = listProcesses().filter(({ pid }) =>
      this.#stores.has(readEnvironment(pid).get("HOT_BACKUP_STORE") ?? ""),
    );
    return family.union(withDescendants(marked.map((each) => each.pid)));
  }

  logFile(name: ServiceName): string {
    return join(this.#logFolder, `${this.name}-${name}.log`);
  }

  /** The last lines of every service's log, for the message of a failure. */
  logTail(linesMax = 15): string {
    return this.services
      .filter((name) => existsSync(this.logFile(name)))
      .map((name) => {
        const lines = readFileSync(this.logFile(name), "utf8").trimEnd().split("\n");
        return `${this.name} ${name}:\n  ${lines.slice(-linesMax).join("\n  ")}`;
      })
      .join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    open.delete(this);
  }

  #service(name: ServiceName): ServiceProcess {
    const service = this.#running.get(name);
    if (service === undefined) throw new Error(`${name} of ${this.name} was never started`);
    return service;
  }

  #each(work: (service: ServiceProcess) => void): void {
    for (const service of this.#running.values()) if (service.isRunning()) work(service);
  }
}

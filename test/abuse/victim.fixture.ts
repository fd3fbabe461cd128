// Two real servers at their honest work, while a test abuses one of their services: afterwards
// nobody may have noticed anything.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { Activity } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { openTwoServers, type TwoServers } from "@hot-backup/testbed/two-servers.ts";

/** How long any one condition may take on two busy cores. */
export const withinMs = 60_000;

/** A server that the tests play themselves. Nothing depends on it. */
export const strangerId = "stranger-1";

/** Silence that is tolerated of the honest server: three times what a starved core has caused. */
const threshold = "6s";

/** Two servers, and what was true of them before anything was done to them. */
export class Victim implements AsyncDisposable {
  readonly servers: TwoServers;
  readonly #folder: string;

  constructor(servers: TwoServers, folder: string) {
    this.servers = servers;
    this.#folder = folder;
  }

  /** Resident memory of a service on the backup, in bytes. */
  memoryOf(service: "monitor" | "channels" | "notify"): number {
    const status = readFileSync(`/proc/${this.servers.backup.pid(service)}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /**
   * What the honest servers have suffered under an abuse: signals, a lease that was lost, channels
   * that stopped. Rejects when heartbeats do not go on.
   */
  async damageOf(abuse: () => Promise<void>): Promise<readonly string[]> {
    const { servers } = this;
    const before = await this.#judge();
    await abuse();
    const answered = await this.#countAnswers();
    await servers.waitFor("heartbeats to go on", withinMs, async () => {
      return (await this.#countAnswers()) > answered + 40n;
    });
    const { term, signals, channels } = await this.#judge();
    const stopped = ["orders", "invoices"].filter(
      (name) => channels.get(name)?.activity !== Activity.ACTIVITY_STARTED,
    );
    return [
      // The term rises when a lease is lost.
      ...(term > before.term ? [`the lease was lost: term ${term}`] : []),
      ...(signals.length > before.signals.length ? ["a signal was given"] : []),
      ...stopped.map((name) => `${name} does not run`),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.servers[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }

  // Asked again where an answer is late: what counts is what the servers say, not how soon.
  #judge() {
    const { servers } = this;
    return servers.waitFor("the servers to tell how they are", withinMs, async () => {
      const { term } = await servers.server();
      const signals = await servers.signals();
      return { term, signals, channels: await servers.channels("primary") };
    });
  }

  async #countAnswers(): Promise<bigint> {
    const { heartbeat } = this.servers;
    const options = { what: "Cannot get the status", deadlineMs: withinMs };
    const status = await call(heartbeat.getHeartbeatStatus.bind(heartbeat), {}, options);
    return status.answered;
  }
}

/** Starts both servers and waits until the primary runs its channels. */
export async function openVictim(): Promise<Victim> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-abuse-"));
  const servers = await openTwoServers({
    folder,
    edit: (file, document) => {
      if (file === "primary.yaml") document.setIn(["heartbeat", "interval"], "50ms");
      if (file !== "backup.yaml") return;
      const place = ["monitor", "servers", 0];
      document.deleteIn([...place, "lease"]);
      document.setIn([...place, "threshold"], threshold);
      document.addIn(
        ["monitor", "servers"],
        document.createNode({
          id: strangerId,
          protection: "none",
          threshold: "1h",
          flow: "stranger.yaml",
        }),
      );
    },
  });
  const text = "cases:\n  DEAD:\n    - email: { to: [ops@example.org] }\n";
  writeFileSync(join(folder, "config", "stranger.yaml"), text);
  const victim = new Victim(servers, folder);
  try {
    await servers.start(withinMs);
    await servers.waitFor("the channels of the primary to run", withinMs, async () => {
      const channels = await servers.channels("primary");
      const { ACTIVITY_STARTED } = Activity;
      return ["orders", "invoices"].every(
        (name) => channels.get(name)?.activity === ACTIVITY_STARTED,
      );
    });
    return victim;
  } catch (error) {
    await victim[Symbol.asyncDispose]();
    throw error;
  }
}

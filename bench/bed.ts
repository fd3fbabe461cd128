// Real services as processes with configuration in a temporary folder, for as long as a measurement
// takes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
} from "@hot-backup/proto/grpc/health/v1/health.ts";
import {
  type ServiceName,
  type ServiceProcess,
  startService,
} from "@hot-backup/testbed/service-process.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";

const servesWithinMs = 20_000;
const goneWithinMs = 10_000;

/** A folder and the services that were started in it. */
export class Bed implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "hot-backup-bench-"));
  readonly #services: ServiceProcess[] = [];

  /** Writes a value as YAML, of which JSON is a part. Returns the path. */
  write(name: string, value: unknown): string {
    const file = join(this.folder, name);
    writeFileSync(file, JSON.stringify(value, null, 2));
    return file;
  }

  /** Starts a service and waits until it serves at `address`. */
  async start(
    name: ServiceName,
    options: { configFile: string; address: string; environment?: Record<string, string> },
  ): Promise<ServiceProcess> {
    const { configFile, address, environment = {} } = options;
    const logFile = join(this.folder, `${name}.log`);
    const service = startService(name, { configFile, logFile, environment });
    this.#services.push(service);
    const answer = await waitUntilServing(address, service);
    if (answer === "ended") {
      const log = readFileSync(logFile, "utf8").trimEnd();
      throw new Error(`Cannot start ${name}: it has ended. Its log:\n${log}`);
    }
    return service;
  }

  /** Kills what still runs and removes the folder. Channels are killed by their guards. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#services) service.send("SIGKILL");
    // Not by their `ended`: nothing keeps this process waiting for that when nothing else is left
    // to do.
    const areGone = () => this.#services.every((service) => !service.isRunning());
    await waitFor("the services to be gone", areGone, { withinMs: goneWithinMs });
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function waitUntilServing(
  address: string,
  service: ServiceProcess,
): Promise<"serves" | "ended"> {
  const health = dial(HealthClient, address);
  const options = { what: `Cannot ask ${address} for its health`, deadlineMs: 1000 };
  try {
    return await waitFor(
      `${address} to serve`,
      async () => {
        if (!service.isRunning()) return "ended";
        const { status } = await call(health.check.bind(health), { service: "" }, options);
        return status === ServingStatus.SERVING && "serves";
      },
      { withinMs: servesWithinMs },
    );
  } finally {
    health.close();
  }
}

// The two servers of examples/two-servers as real processes, with a mailbox: what the demo shows,
// the end-to-end tests break, and the drills repeat.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { call, type ClientConstructor, dial } from "@hot-backup/kit/grpc-dial.ts";
import type { SecureTarget } from "@hot-backup/kit/tls-dial.ts";
import {
  type Channel,
  ChannelServiceClient,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { HeartbeatServiceClient } from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import {
  MonitorServiceClient,
  type Server,
  type SignalRecord,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { NotifyServiceClient } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
} from "@hot-backup/proto/grpc/health/v1/health.ts";
import { type ConfigFolderOptions, writeConfigFolder } from "./config-folder.ts";
import { Instance, type Launchers } from "./instance.ts";
import { type Mailbox, openMailbox, type ReceivedMail } from "./mailbox.ts";
import { moveToFreePorts } from "./ports.ts";
import { waitFor } from "./wait.ts";

/** Who listens where in the examples. */
export const examplePorts = {
  primaryHeartbeat: 7401,
  primaryChannels: 7403,
  monitor: 7502,
  backupChannels: 7503,
  notify: 7504,
  smtp: 7525,
} as const;

const serving = [
  "primaryHeartbeat",
  "primaryChannels",
  "monitor",
  "backupChannels",
  "notify",
] as const;

type ServingName = (typeof serving)[number];

/** The folder of the configuration. */
const example = "two-servers";

/** The id of the watched server of the examples. */
export const primaryId = "primary-1";

const callDeadlineMs = 2000;

/** What a bed is made of. */
export interface TwoServersOptions {
  /** A folder of its own. Configuration, data, logs and the exchange go there. */
  readonly folder: string;
  /** Default: free ports. */
  readonly movePort?: (port: number) => number;
  readonly edit?: ConfigFolderOptions["edit"];
  readonly onMail?: (mail: ReceivedMail) => void;
  /** host:port at which this process reaches a service. Default: that port of 127.0.0.1. */
  readonly addressOf?: (of: keyof typeof examplePorts) => string;
  /** Where the services of an instance run. Default: where this process does. */
  readonly launcherOf?: (instance: "primary" | "backup") => Launchers;
  /** How a service proves to this process which one it is. Default: there is no TLS. */
  readonly secureOf?: (of: ServingName) => SecureTarget;
}

/** Writes the configuration and opens the mailbox. Nothing else runs yet. */
export async function openTwoServers(options: TwoServersOptions): Promise<TwoServers> {
  const movePort = options.movePort ?? (await moveToFreePorts(example));
  const exchangeFolder = join(options.folder, "exchange");
  mkdirSync(exchangeFolder, { recursive: true });
  const { folder, edit } = options;
  const editing = edit === undefined ? {} : { edit };
  writeConfigFolder({ example, folder, exchangeFolder, movePort, ...editing });
  const addressOf = options.addressOf ?? ((of) => `127.0.0.1:${movePort(examplePorts[of])}`);
  const [host = "", port] = addressOf("smtp").split(":");
  const mailbox = await openMailbox(Number(port), { host, onMail: options.onMail });
  const { launcherOf, secureOf } = options;
  return new TwoServers({ folder, exchangeFolder, addressOf, mailbox, launcherOf, secureOf });
}

/** The bed: two instances, their clients, and what to ask of them. */
export class TwoServers implements AsyncDisposable {
  readonly folder: string;
  readonly exchangeFolder: string;
  readonly mailbox: Mailbox;
  readonly primary: Instance;
  readonly backup: Instance;
  readonly monitor: MonitorServiceClient;
  readonly notify: NotifyServiceClient;
  readonly heartbeat: HeartbeatServiceClient;
  readonly primaryChannels: ChannelServiceClient;
  readonly backupChannels: ChannelServiceClient;
  readonly #addressOf: (of: keyof typeof examplePorts) => string;
  readonly #secureOf: TwoServersOptions["secureOf"];

  constructor(options: {
    folder: string;
    exchangeFolder: string;
    addressOf: (of: keyof typeof examplePorts) => string;
    mailbox: Mailbox;
    launcherOf?: TwoServersOptions["launcherOf"];
    secureOf?: TwoServersOptions["secureOf"];
  }) {
    this.folder = options.folder;
    this.exchangeFolder = options.exchangeFolder;
    this.mailbox = options.mailbox;
    this.#addressOf = options.addressOf;
    this.#secureOf = options.secureOf;
    const logFolder = join(options.folder, "logs");
    this.primary = new Instance({
      name: "primary",
      services: ["heartbeat", "channels"],
      configFile: join(options.folder, "config", "primary.yaml"),
      logFolder,
      launcherOf: options.launcherOf?.("primary"),
    });
    this.backup = new Instance({
      name: "backup",
      services: ["monitor", "channels", "notify"],
      configFile: join(options.folder, "config", "backup.yaml"),
      logFolder,
      launcherOf: options.launcherOf?.("backup"),
    });
    this.monitor = this.#dial(MonitorServiceClient, "monitor");
    this.notify = this.#dial(NotifyServiceClient, "notify");
    this.heartbeat = this.#dial(HeartbeatServiceClient, "primaryHeartbeat");
    this.primaryChannels = this.#dial(ChannelServiceClient, "primaryChannels");
    this.backupChannels = this.#dial(ChannelServiceClient, "backupChannels");
  }

  /** host:port of a service in this bed. */
  address(of: keyof typeof examplePorts): string {
    return this.#addressOf(of);
  }

  /** Starts every service that does not run and waits until all of them serve. */
  async start(withinMs: number): Promise<void> {
    this.backup.start();
    this.primary.start();
    for (const name of serving) await this.waitForServing(name, withinMs);
  }

  /** Waits until a service answers SERVING to grpc.health.v1. */
  async waitForServing(of: ServingName, withinMs: number): Promise<void> {
    const health = this.#dial(HealthClient, of);
    try {
      await this.waitFor(`${of} to serve`, withinMs, async () => {
        const options = { what: `Cannot check ${of}`, deadlineMs: callDeadlineMs };
        const answer = await call(health.check.bind(health), { service: "" }, options);
        return answer.status === ServingStatus.SERVING;
      });
    } finally {
      health.close();
    }
  }

  /** Waits on a condition; a failure tells the last lines of every log. */
  async waitFor<T>(
    what: string,
    withinMs: number,
    probe: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> {
    try {
      return await waitFor(what, probe, { withinMs });
    } catch (error) {
      const logs = `${this.primary.logTail()}\n${this.backup.logTail()}`;
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${message}\n${logs}`, { cause: error });
    }
  }

  /** The monitor's view of the primary. */
  async server(): Promise<Server> {
    const options = { what: "Cannot get the server", deadlineMs: callDeadlineMs };
    const request = { serverId: primaryId };
    const { server } = await call(this.monitor.getServer.bind(this.monitor), request, options);
    if (server === undefined) throw new Error("The monitor answered without a server");
    return server;
  }

  /** All signals so far, oldest first. */
  async signals(): Promise<readonly SignalRecord[]> {
    const options = { what: "Cannot list signals", deadlineMs: callDeadlineMs };
    const request = { serverId: primaryId, pageSize: 1000, pageToken: "" };
    const answer = await call(this.monitor.listSignals.bind(this.monitor), request, options);
    return answer.signals.toReversed();
  }

  /** The channels of one server by name. */
  async channels(of: "primary" | "backup"): Promise<ReadonlyMap<string, Channel>> {
    const client = of === "primary" ? this.primaryChannels : this.backupChannels;
    const options = { what: `Cannot list the channels of ${of}`, deadlineMs: callDeadlineMs };
    const request = { protectedBy: "", pageSize: 0, pageToken: "" };
    const { channels } = await call(client.listChannels.bind(client), request, options);
    return new Map(channels.map((each) => [each.definition?.name ?? "", each]));
  }

  /** Ends everything at once. An orderly end is `stop` of both instances before. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of [this.monitor, this.notify, this.heartbeat]) client.close();
    for (const client of [this.primaryChannels, this.backupChannels]) client.close();
    await this.primary[Symbol.asyncDispose]();
    await this.backup[Symbol.asyncDispose]();
    await this.mailbox[Symbol.asyncDispose]();
  }

  #dial<Client>(constructor: ClientConstructor<Client>, of: ServingName): Client {
    return dial(constructor, this.address(of), this.#secureOf?.(of));
  }
}

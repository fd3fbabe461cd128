// Both compose files as one running project of its own, with everything that the tests do to it and
// see of it. Ports are free ones.

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ChannelCredentials } from "@grpc/grpc-js";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { Activity, ChannelServiceClient } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import {
  type HistoryEntry,
  MonitorServiceClient,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { NotifyServiceClient } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { Signal } from "@hot-backup/proto/hotbackup/v1/order.ts";
import { nameOfFed } from "@hot-backup/testbed/feeder.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { z } from "zod";
import { type Answer, compose, composeFiles, docker } from "./engine.ts";
import { makeStackFolder, type StackFolder } from "./stack-folder.fixture.ts";

/** The services of the primary: what fails when its machine does. */
export const primaryServices = ["primary-heartbeat", "primary-channels"] as const;

/** How long a busy machine may take for anything. */
const patienceMs = 90_000;

const callDeadlineMs = 5000;

/** Asking the engine costs: as often as a person would look. */
const everyMs = 200;

const ports = {
  "backup-monitor": 7502,
  "primary-channels": 7403,
  "backup-channels": 7503,
  "backup-notify": 7504,
  console: 7500,
  mailbox: 8025,
} as const;

const fedLine = z.object({ firstNumber: z.number(), orders: z.number(), invoices: z.number() });

/** Names of the files that one feeder has fed. */
export type Fed = Readonly<Record<"orders" | "invoices", readonly string[]>>;

const mailList = z.array(z.object({ subject: z.string(), messageId: z.string() }));

/** Starts everything and waits until it is healthy. */
export async function openStack(): Promise<Stack> {
  const stack = new Stack(makeStackFolder());
  try {
    await stack.up();
    return stack;
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** A running project. */
export class Stack implements AsyncDisposable {
  readonly folder: StackFolder;
  readonly #project = `hot-backup-test-${process.pid}`;
  /** Forgotten whenever something may have started anew. */
  readonly #addresses = new Map<string, string>();

  constructor(folder: StackFolder) {
    this.folder = folder;
  }

  /** The network that joins the two servers. */
  get heartbeats(): string {
    return `${this.#project}_heartbeats`;
  }

  /** The networks of both servers. */
  get networks(): readonly string[] {
    return ["primary", "backup"].map((each) => `${this.#project}_${each}`);
  }

  compose(...words: string[]): Promise<Answer> {
    const named = ["--project-name", this.#project, ...words];
    return compose(composeFiles.demo, named, this.folder.environment);
  }

  /** Starts what does not run, of all services or of these, and waits until it is healthy. */
  async up(...services: string[]): Promise<void> {
    try {
      await this.compose("up", "--detach", "--build", "--wait", ...services);
    } catch (error) {
      throw await this.#withLogs(error);
    }
    this.#addresses.clear();
  }

  /** Runs this many containers of a service, and leaves those that run. */
  async scale(service: string, count: number): Promise<void> {
    const leaving = ["up", "--detach", "--no-build", "--no-deps", "--no-recreate"];
    await this.compose(...leaving, "--scale", `${service}=${count}`, service);
  }

  /** Name of the container of a service. */
  container(service: string, number = 1): string {
    return `${this.#project}-${service}-${number}`;
  }

  /** The signals of the primary so far, oldest first. */
  async signals(): Promise<string[]> {
    const request = { serverId: "primary-1", pageSize: 1000, pageToken: "" };
    const options = { what: "Cannot list signals", deadlineMs: callDeadlineMs };
    const { signals } = await this.#ask(MonitorServiceClient, "backup-monitor", (client) =>
      call(client.listSignals.bind(client), request, options),
    );
    return signals.toReversed().map(({ signal }) => nameOf(signal));
  }

  /** The protected channels that a server runs, by its channels service. */
  async running(server: "primary" | "backup"): Promise<string[]> {
    const request = { protectedBy: "primary-1", pageSize: 0, pageToken: "" };
    const options = { what: `Cannot list the channels of ${server}`, deadlineMs: callDeadlineMs };
    const { channels } = await this.#ask(ChannelServiceClient, `${server}-channels`, (client) =>
      call(client.listChannels.bind(client), request, options),
    );
    return channels
      .filter(({ activity }) => activity === Activity.ACTIVITY_STARTED)
      .map(({ definition }) => definition?.name ?? "")
      .toSorted();
  }

  /** The history of the primary, newest first. */
  async history(): Promise<readonly HistoryEntry[]> {
    const request = { serverId: "primary-1", signalId: 0n, falseDeadPerYear: 0 };
    const options = { what: "Cannot explain the server", deadlineMs: callDeadlineMs };
    const { history } = await this.#ask(MonitorServiceClient, "backup-monitor", (client) =>
      call(client.explainServer.bind(client), request, options),
    );
    return history;
  }

  /** Subjects in the ledger of the notify service, oldest first. */
  async deliveries(): Promise<string[]> {
    const request = { state: 0, pageSize: 1000, pageToken: "" } as const;
    const options = { what: "Cannot list deliveries", deadlineMs: callDeadlineMs };
    const { deliveries } = await this.#ask(NotifyServiceClient, "backup-notify", (client) =>
      call(client.listDeliveries.bind(client), request, options),
    );
    return deliveries.toReversed().map(({ subject }) => subject);
  }

  /** What has arrived in the mailbox. */
  async mails(): Promise<z.infer<typeof mailList>> {
    const response = await fetch(`http://${await this.address("mailbox")}/mails.json`);
    return mailList.parse(await response.json());
  }

  /** Waits until both protected channels run on one server. */
  async untilRunningOn(server: "primary" | "backup"): Promise<void> {
    await this.until(`both channels to run on the ${server}`, async () => {
      return (await this.running(server)).join() === "invoices,orders";
    });
  }

  /**
   * Does something to the servers, and waits until the newest signal is this one and came after it.
   * On a machine that starves there may be more signals before.
   */
  async untilSignal(name: string, act: () => Promise<unknown>): Promise<void> {
    const before = (await this.signals()).length;
    await act();
    await this.until(`${name} to be the newest signal`, async () => {
      const signals = await this.signals();
      return signals.length > before && signals.at(-1) === name;
    });
  }

  /** Waits on a condition; a failure tells the last lines of every log. */
  async until<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
    try {
      return await waitFor(what, probe, { withinMs: patienceMs, everyMs });
    } catch (error) {
      throw await this.#withLogs(error);
    }
  }

  /** Stops the feeder, which then tells what it has fed. */
  async stopFeeder(): Promise<Fed> {
    await this.compose("stop", "feeder");
    const { stdout } = await docker(["logs", "--tail", "1", this.container("feeder")]);
    const { firstNumber, orders, invoices } = fedLine.parse(JSON.parse(stdout));
    const names = (channel: keyof Fed, length: number) =>
      Array.from({ length }, (_, index) => nameOfFed(channel, firstNumber + index));
    return { orders: names("orders", orders), invoices: names("invoices", invoices) };
  }

  /** Copies the folder that the channels share, with what their runs say of themselves. */
  async copyExchange(): Promise<string> {
    const copy = join(this.folder.path, "exchange");
    rmSync(copy, { recursive: true, force: true });
    await docker(["cp", "--quiet", `${this.container("feeder")}:/exchange`, copy]);
    return copy;
  }

  /** Takes everything away that was made, volumes included. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose("down", "--volumes", "--timeout", "5", "--remove-orphans");
    this.folder[Symbol.dispose]();
  }

  async #withLogs(error: unknown): Promise<Error> {
    const { stdout } = await this.compose("logs", "--no-color", "--tail", "8");
    const message = error instanceof Error ? error.message : String(error);
    return new Error(`${message}\n${stdout}`, { cause: error });
  }

  // A connection for each question: containers come and go, and their ports with them.
  async #ask<Client extends { close(): void }, Answer>(
    constructor: new (address: string, credentials: ChannelCredentials) => Client,
    service: keyof typeof ports,
    question: (client: Client) => Promise<Answer>,
  ): Promise<Answer> {
    // The name that every certificate has for this machine.
    const options = { "grpc.ssl_target_name_override": "localhost" };
    const secure = { credentials: this.folder.operator(), options };
    const client = dial(constructor, await this.address(service), secure);
    try {
      return await question(client);
    } finally {
      client.close();
    }
  }

  /** Where this machine reaches a service, as host:port. */
  async address(service: keyof typeof ports): Promise<string> {
    const known = this.#addresses.get(service);
    if (known !== undefined) return known;
    const { stdout } = await this.compose("port", service, String(ports[service]));
    this.#addresses.set(service, stdout.trim());
    return stdout.trim();
  }
}

function nameOf(signal: Signal): string {
  if (signal === Signal.SIGNAL_LIVE) return "LIVE";
  return signal === Signal.SIGNAL_DEAD ? "DEAD" : "CLOSE";
}

// The console's gateway as operators start it, a process of its own, and a page that talks to it as
// a browser would: with an origin, a cookie and a stream of events.

import { randomBytes } from "node:crypto";
import { type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { startService } from "@hot-backup/testbed/service-process.ts";
import type { TwoServers } from "@hot-backup/testbed/two-servers.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { stringify } from "yaml";
import { withinMs } from "./bed.fixture.ts";
import { type Json, WatchedPage } from "./watched-page.fixture.ts";

/** Tokens of those who may sign in. */
export const tokens = { ada: token(), eve: token() };

/** An answer of the gateway. */
export interface Answer {
  readonly httpStatus: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Json;
}

/** What a request differs in from the one that the page would send. */
export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  /** Undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Files that a client shows in a TLS handshake, and trusts. */
export interface ClientFiles {
  readonly ca: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** A gateway that serves. */
export interface StartedConsole extends AsyncDisposable {
  readonly origin: string;
  readonly log: () => string;
  /** Asks as somebody with this cookie, or as nobody. */
  ask(path: string, asked?: Ask, cookie?: string): Promise<Answer>;
  /** The cookie of somebody who has signed in. */
  signIn(token: string): Promise<string>;
  /** The first message of a stream that is no stream of views. */
  tail(path: string, cookie: string): Promise<Json[]>;
  /** Opens the stream of events, as a page does. */
  watch(cookie: string): Promise<WatchedPage>;
  /** The same gateway as it is to a client that shows other files. */
  as(client: ClientFiles): Pick<StartedConsole, "ask">;
  stop(): Promise<unknown>;
}

/** Where the services of a bed are, in the words of the configuration. */
export function serversOf(bed: TwoServers): object {
  return {
    "primary-1": {
      heartbeat: bed.address("primaryHeartbeat"),
      channels: bed.address("primaryChannels"),
    },
    "backup-1": {
      monitor: bed.address("monitor"),
      channels: bed.address("backupChannels"),
      notify: bed.address("notify"),
    },
  };
}

/** Starts a gateway with two users, and waits until it serves. */
export async function startConsole(
  own: object,
  options: { top?: object; client?: ClientFiles } = {},
): Promise<StartedConsole> {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-console-"));
  const [port = 0] = await chooseFreePorts(1);
  const users = [
    { name: "ada", role: "operator", tokenFile: "ada.token" },
    { name: "eve", role: "reader", tokenFile: "eve.token" },
  ];
  for (const { name, tokenFile } of users) {
    writeFileSync(join(folder, tokenFile), `${name === "ada" ? tokens.ada : tokens.eve}\n`);
  }
  const configFile = join(folder, "console.yaml");
  const section = { listen: `127.0.0.1:${port}`, users, ...own };
  const top = { server: "backup-1", group: "two-servers", ...options.top };
  writeFileSync(configFile, stringify({ ...top, console: section }));
  const logFile = join(folder, "console.log");
  const gateway = startService("console", { configFile, logFile });
  const scheme = options.client === undefined ? "http" : "https";
  const started = consoleAt(`${scheme}://127.0.0.1:${port}`, options.client);
  const log = () => readFileSync(logFile, "utf8");
  const stop = () => {
    gateway.send("SIGTERM");
    return gateway.ended;
  };
  const end = async () => {
    gateway.send("SIGKILL");
    await gateway.ended;
    rmSync(folder, { recursive: true });
  };
  try {
    const serves = () =>
      started.ask("/api/session").then(
        () => true,
        () => false,
      );
    await waitFor("the console to serve", serves, { withinMs });
  } catch (error) {
    const lines = log();
    await end();
    throw new Error(`The console does not serve:\n${lines}`, { cause: error });
  }
  const as = (client: ClientFiles) => consoleAt(started.origin, client);
  return { ...started, as, log, stop, [Symbol.asyncDispose]: end };
}

function createSender(origin: string, client: ClientFiles | undefined) {
  return (path: string, given: RequestOptions) => {
    const url = new URL(path, origin);
    if (client === undefined) return httpRequest(url, given);
    // The certificate is of a server, not of this address; who it is of is not the test's matter.
    return httpsRequest(url, { ...given, ...client, checkServerIdentity: () => undefined });
  };
}

function consoleAt(origin: string, client: ClientFiles | undefined) {
  const send = createSender(origin, client);
  const ask = async (path: string, asked: Ask = {}, cookie?: string): Promise<Answer> => {
    const { body, method = body === undefined ? "GET" : "POST" } = asked;
    const usual = {
      origin: method === "GET" ? undefined : origin,
      "x-hot-backup-console": "1",
      "content-type": body === undefined ? undefined : "application/json",
      cookie,
    };
    const headers = Object.entries({ ...usual, ...asked.headers }).filter(([, value]) => value);
    const options = { method, headers: Object.fromEntries(headers), agent: false };
    const request = send(path, options);
    request.end(typeof body === "string" ? body : JSON.stringify(body));
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const told = await text(response);
    const isJson = response.headers["content-type"]?.startsWith("application/json") === true;
    const { statusCode: httpStatus = 0 } = response;
    return { httpStatus, headers: response.headers, body: isJson ? JSON.parse(told) : told };
  };
  const open = async (path: string, cookie: string): Promise<IncomingMessage> => {
    const request = send(path, { headers: { cookie }, agent: false });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.on("error", () => undefined);
    return response;
  };
  return {
    origin,
    ask,
    signIn: async (shown: string) => {
      const { headers } = await ask("/api/sign-in", { body: { token: shown } });
      return headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    },
    tail: async (path: string, cookie: string) => {
      const response = await open(path, cookie);
      for await (const line of createInterface({ input: response })) {
        if (!line.startsWith("data: ")) continue;
        const message = JSON.parse(line.slice("data: ".length));
        if (message.lines?.length === 0) continue;
        response.destroy();
        return [message];
      }
      return [];
    },
    watch: async (cookie: string) => new WatchedPage(await open("/api/events", cookie)),
  };
}

function token(): string {
  return randomBytes(24).toString("base64url");
}

// The gateway of one process over a real socket, without services behind it.

import { once } from "node:events";
import { get, type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { openMemoryLog } from "@hot-backup/kit/wire.fixture.ts";
import { onTestFinished } from "vitest";
import { Clients } from "../clients.ts";
import type { Config } from "../config.ts";
import { Newscast } from "../newscast.ts";
import { Sessions } from "../sessions.ts";
import { hashToken } from "../token.ts";
import type { ConsoleEvent } from "../view/event.ts";
import type { PersonView } from "../view/session.ts";
import { createApp } from "./app.ts";
import { listen } from "./listen.ts";
import { originsOf } from "./origins.ts";

const none = new Map<string, string>();
const config: Config = {
  server: "backup-1",
  group: "g",
  logLevel: "info",
  tls: undefined,
  metricsListen: undefined,
  warnings: [],
  listen: "127.0.0.1:0",
  https: undefined,
  origins: [],
  services: { monitor: none, channels: none, heartbeat: none, notify: none },
  users: [],
  mayLookUnnamed: true,
  sessionMs: 60_000,
};

const limits = { idleMs: 70_000, lingerMs: 5000, firstMessageMs: 30_000 };

/** The token of ada. */
export const adaToken = "a".repeat(32);

const users = [{ name: "ada", role: "operator", tokenHash: hashToken(adaToken) }] as const;

export type Gateway = Awaited<ReturnType<typeof openGateway>>;

export async function openGateway({
  mayLookUnnamed = true,
  sessionMs = 60_000,
  connectionsMax = 2000,
} = {}) {
  const { log, logged } = openMemoryLog();
  const nowMs = () => performance.now();
  const clients = new Clients(config, undefined);
  const newscast = new Newscast(nowMs);
  const stop = new AbortController();
  const workplace = { clients, newscast, log, nowMs, stop: stop.signal };
  const sessions = new Sessions({ lengthMs: sessionMs, wallMs: Date.now, nowMs });
  const signIn = {
    users,
    sessions,
    cookieName: "c",
    isHttps: false,
    tls: undefined,
    mayLookUnnamed,
    version: "0",
  };
  const listening = await listen(
    (address) =>
      createApp({ workplace, signIn, origins: originsOf(config, address), files: new Map() }),
    { config, tls: undefined, log, limits: { ...limits, connectionsMax } },
  );
  onTestFinished(async () => {
    stop.abort();
    newscast[Symbol.dispose]();
    clients[Symbol.dispose]();
    await listening.close();
  });
  const cookieOf = (who: Pick<PersonView, "name" | "role">) => `c=${sessions.begin(who).cookie}`;
  const { address, connections } = listening;
  return { newscast, logged, cookieOf, stop, connections, address, origin: `http://${address}` };
}

/** Asks as a page does. */
export async function ask(
  { origin }: Pick<Gateway, "origin">,
  path: string,
  asked: { readonly body?: object; readonly cookie?: string } = {},
): Promise<{ readonly httpStatus: number; readonly text: string }> {
  const { body, cookie = "" } = asked;
  const method = body === undefined ? "GET" : "POST";
  const own = { origin, "x-hot-backup-console": "1", "content-type": "application/json" };
  const sent = request(`${origin}${path}`, {
    agent: false,
    method,
    headers: { cookie, ...(body && own) },
  });
  sent.end(body && JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { httpStatus: response.statusCode ?? 0, text: await text(response) };
}

export async function openPage(
  { origin }: Pick<Gateway, "origin">,
  cookie = "",
): Promise<{ page: IncomingMessage; events: ConsoleEvent[] }> {
  const request = get(`${origin}/api/events`, { agent: false, headers: { cookie } });
  const [page] = (await once(request, "response")) as [IncomingMessage];
  onTestFinished(() => void page.destroy());
  page.on("error", () => undefined);
  const events: ConsoleEvent[] = [];
  const lines = createInterface({ input: page });
  lines.on("error", () => undefined);
  lines.on("line", (line) => {
    if (line.startsWith("data: ")) events.push(JSON.parse(line.slice(6)) as ConsoleEvent);
  });
  return { page, events };
}

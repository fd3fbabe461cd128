// The stream of events over a real socket: a page that does not read must cost the gateway, and the
// pages beside it, nothing that grows.

import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { openMemoryLog } from "@hot-backup/kit/wire.fixture.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { Clients } from "../clients.ts";
import type { Config } from "../config.ts";
import { queueBytesMax } from "../event-stream.ts";
import { Newscast } from "../newscast.ts";
import { Sessions } from "../sessions.ts";
import type { ConsoleEvent } from "../view/event.ts";
import type { RunView } from "../view/run.ts";
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

async function openGateway({ mayLookUnnamed = true, sessionMs = 60_000 } = {}) {
  const { log, logged } = openMemoryLog();
  const nowMs = () => performance.now();
  const clients = new Clients(config, undefined);
  const newscast = new Newscast(nowMs);
  const stop = new AbortController();
  const workplace = { clients, newscast, log, nowMs, stop: stop.signal };
  const sessions = new Sessions({ lengthMs: sessionMs, wallMs: Date.now });
  const signIn = {
    users: [],
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
    { config, tls: undefined, log },
  );
  onTestFinished(async () => {
    stop.abort();
    newscast[Symbol.dispose]();
    clients[Symbol.dispose]();
    await listening.close();
  });
  return { newscast, logged, sessions, stop, origin: `http://${listening.address}` };
}

async function openPage(
  origin: string,
  cookie = "",
): Promise<{ page: IncomingMessage; events: ConsoleEvent[] }> {
  const request = get(`${origin}/api/events`, { agent: false, headers: { cookie } });
  const [page] = (await once(request, "response")) as [IncomingMessage];
  onTestFinished(() => void page.destroy());
  page.on("error", () => undefined);
  const events: ConsoleEvent[] = [];
  createInterface({ input: page }).on("line", (line) => {
    if (line.startsWith("data: ")) events.push(JSON.parse(line.slice(6)) as ConsoleEvent);
  });
  return { page, events };
}

const kibibytes = (count: number) => "x".repeat(count * 1024);
const run = (runId: string, because: string) =>
  ({ toldBy: "backup-1", serverId: "primary-1", runId, because, heardAtMs: 0 }) as RunView;

test("a page that does not read is cut, and the one beside it hears everything", async () => {
  const { newscast, logged, origin } = await openGateway();
  const slow = await openPage(origin);
  const other = await openPage(origin);
  await vi.waitFor(() => expect(newscast.pages).toBe(2));
  slow.page.socket.pause();
  let told = 0;
  const tellMore = () => {
    newscast.board.runs.put(run(String((told += 1)), kibibytes(256)));
    expect(newscast.pages).toBe(1);
  };
  await vi.waitFor(tellMore, { timeout: 15_000, interval: 20 });
  // What the kernel takes on both ends is some MiB more.
  expect(told * 256 * 1024).toBeGreaterThan(queueBytesMax);
  expect(logged.join("")).toContain("A slow page was cut");
  await vi.waitFor(() => {
    const runs = other.events.flatMap((event) => event.runs ?? []);
    expect(runs.at(-1)?.runId).toBe(String(told));
  });
});

test("a quiet gateway says four times a second that it is there", async () => {
  const { origin } = await openGateway();
  const { events } = await openPage(origin);
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(8), { timeout: 15_000 });
  const instants = events.map(({ nowMs }) => nowMs);
  const gaps = instants.slice(1).map((nowMs, index) => nowMs - (instants[index] ?? 0));
  expect(gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]).toBeLessThan(500);
});

test("what changes together is told together, once, and what is gone is named", async () => {
  const { newscast, origin } = await openGateway();
  const { events } = await openPage(origin);
  await vi.waitFor(() => expect(events[0]?.kind).toBe("snapshot"));
  newscast.board.runs.put(run("1", "first"));
  newscast.board.runs.put(run("2", "second"));
  await vi.waitFor(() => {
    const told = events.flatMap((event) => event.runs ?? []);
    expect(told).toEqual([expect.objectContaining({ runId: "2" })]);
  });
  newscast.board.runs.drop("backup-1/primary-1");
  await vi.waitFor(() => {
    expect(events).toContainEqual(
      expect.objectContaining({ gone: { runs: ["backup-1/primary-1"] } }),
    );
  });
});

test("a gateway that stops ends its streams in good order", async () => {
  const { origin, stop } = await openGateway();
  const { page } = await openPage(origin);
  const ended = once(page, "end");
  stop.abort();
  await ended;
  expect(page.complete).toBe(true);
});

test("a stream ends with the session of who reads it", async () => {
  const { origin, sessions } = await openGateway({ mayLookUnnamed: false, sessionMs: 1000 });
  const { cookie } = sessions.begin({ name: "ada", role: "operator" });
  const { page, events } = await openPage(origin, `c=${cookie}`);
  await vi.waitFor(() => expect(events[0]?.kind).toBe("snapshot"));
  await once(page, "end");
  expect(page.complete).toBe(true);
});

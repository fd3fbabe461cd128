// What whoever can reach the port can do to those who work with the console.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { failuresMax } from "../attempt-limit.ts";
import type { RunView } from "../view/run.ts";
import { adaToken, ask, type Gateway, openGateway } from "./gateway.fixture.ts";

function connectTo({ address }: Gateway): Socket {
  const [host = "", port = ""] = address.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

// By hand: what is not read stays in the socket.
async function openPageOn(gateway: Gateway, cookie: string): Promise<Socket> {
  const page = connectTo(gateway);
  page.write(`GET /api/events HTTP/1.1\r\nHost: ${gateway.address}\r\nCookie: ${cookie}\r\n\r\n`);
  await once(page, "data");
  return page;
}

test("who guesses tokens keeps nobody out who has one, behind one proxy or not", async () => {
  const gateway = await openGateway({ mayLookUnnamed: false });
  const signIn = (token: string) => ask(gateway, "/api/sign-in", { body: { token } });
  for (let attempt = 0; attempt < failuresMax; attempt += 1) await signIn("guess");
  expect(await signIn("guess")).toMatchObject({ httpStatus: 429 });
  expect(await signIn(adaToken)).toMatchObject({ httpStatus: 200 });
});

test("a copy of a cookie is nobody's when its session was ended", async () => {
  const gateway = await openGateway({ mayLookUnnamed: false });
  const cookie = gateway.cookieOf({ name: "ada", role: "operator" });
  expect((await ask(gateway, "/api/session", { cookie })).text).toContain("ada");
  await ask(gateway, "/api/sign-out", { body: {}, cookie });
  expect((await ask(gateway, "/api/session", { cookie })).text).not.toContain("ada");
});

test("whoever only connects makes room, and cuts off nobody who is known", async () => {
  const gateway = await openGateway({ mayLookUnnamed: false, connectionsMax: 10 });
  const cookie = gateway.cookieOf({ name: "ada", role: "operator" });
  const page = await openPageOn(gateway, cookie);
  for (let index = 0; index < 20; index += 1) {
    const stranger = connectTo(gateway);
    const isAsking = index % 2 === 0;
    if (isAsking) stranger.write(`POST /api/sign-in HTTP/1.1\r\nHost: ${gateway.address}\r\n`);
    await once(stranger, "connect");
  }
  await vi.waitFor(() => expect(gateway.connections.open).toBe(10));
  expect(await ask(gateway, "/api/session", { cookie })).toMatchObject({ httpStatus: 200 });
  expect(page.closed).toBe(false);
  expect(gateway.logged.join("")).toContain("Too many connections");
});

test("a page that reads nothing holds nothing for long when its session is over", async () => {
  const gateway = await openGateway({ mayLookUnnamed: false, sessionMs: 1000 });
  const page = await openPageOn(gateway, gateway.cookieOf({ name: "eve", role: "reader" }));
  page.pause();
  const { board } = gateway.newscast;
  const because = "x".repeat(16 * 1024 * 1024);
  board.runs.put({ toldBy: "backup-1", serverId: "primary-1", because } as RunView);
  const bound = { timeout: 15_000 };
  await vi.waitFor(() => expect(gateway.newscast.pages).toBe(0), bound);
  expect(gateway.logged.join("")).not.toContain("A slow page was cut");
  await vi.waitFor(() => expect(gateway.connections.open).toBe(0), bound);
});

import { createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isListening, parseListeners, readListeners } from "./listening-ports.ts";

async function listenAt(host: string) {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, [Symbol.dispose]: () => server.close() };
}

test("who listens on this machine is seen without a connection to it", async () => {
  using server = await listenAt("127.0.0.1");
  const listeners = await readListeners();
  expect(isListening(listeners, { host: "127.0.0.1", port: server.port })).toBe(true);
  expect(isListening(listeners, { host: "localhost", port: server.port })).toBe(true);
  expect(isListening(listeners, { host: "127.0.0.2", port: server.port })).toBe(false);
});

test("a wildcard takes every address of the machine", async () => {
  using server = await listenAt("0.0.0.0");
  const listeners = await readListeners();
  expect(isListening(listeners, { host: "127.0.0.1", port: server.port })).toBe(true);
});

test("of an address that is not of this machine nothing is said", () => {
  const all = [{ host: "0.0.0.0", port: 80 }];
  expect(isListening(all, { host: "192.0.2.7", port: 80 })).toBe(false);
  expect(isListening(all, { host: "db.example.org", port: 80 })).toBe(false);
});

test("addresses of IPv6 are told as people write them", () => {
  const table = [
    "  sl  local_address                         remote_address                        st",
    "   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0",
    "   1: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 0",
    "   2: 00000000000000000000000000000000:1F92 00000000000000000000000000000000:0000 0A 0",
    "   3: 00000000000000000000000001000000:1F93 00000000000000000000000001000000:1F90 01 0",
  ].join("\n");
  expect(parseListeners(table)).toEqual([
    { host: "::1", port: 8080 },
    { host: "127.0.0.1", port: 8081 },
    { host: "::", port: 8082 },
  ]);
});

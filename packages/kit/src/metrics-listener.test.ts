// GET /metrics over real sockets: what is told, to whom, and what a client that means harm gets.

import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { Certificates } from "./certificates.fixture.ts";
import { serviceIdentity } from "./identity.ts";
import { createMetrics } from "./metrics.ts";
import { listenForMetrics, type MetricsLimits } from "./metrics-listener.ts";
import type { Tls } from "./tls.ts";
import { tlsOf } from "./tls.fixture.ts";
import { openMemoryLog } from "./wire.fixture.ts";

const patient: MetricsLimits = {
  connectionsMax: 100,
  idleMs: 600_000,
  lingerMs: 600_000,
  firstMessageMs: 600_000,
  answersMax: 100,
  answerMs: 600_000,
};

async function listening(given: { limits?: Partial<MetricsLimits>; tls?: Tls } = {}) {
  const { log, logged } = openMemoryLog();
  const metrics = createMetrics({ service: "monitor", server: "backup-1" });
  const limits = { ...patient, ...given.limits };
  const options = { metrics, log, limits, ...(given.tls && { tls: given.tls }) };
  const listener = await listenForMetrics("127.0.0.1:0", options);
  onTestFinished(() => listener.close());
  return { ...listener, metrics, logged, port: Number(listener.address.split(":")[1]) };
}

/** A connection that says this, and what it hears until the other end closes it. */
function say(port: number, text: string): { socket: Socket; heard: Promise<string> } {
  const socket = createConnection({ port, host: "127.0.0.1" }, () => socket.write(text));
  onTestFinished(() => void socket.destroy());
  const { promise: heard, resolve } = Promise.withResolvers<string>();
  let all = "";
  socket.on("data", (chunk) => (all += String(chunk)));
  socket.on("error", () => {});
  socket.on("close", () => resolve(all));
  return { socket, heard };
}

const get = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

test("a process that has worked tells the processor time and the heap that it used", async () => {
  const { address } = await listening();
  const usedAtLeast = Math.floor(process.cpuUsage().user / 1e6);
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const valueOf = (name: string) => Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
  expect(valueOf("process_cpu_seconds_total")).toBeGreaterThan(usedAtLeast);
  expect(valueOf("nodejs_heap_size_used_bytes")).toBeGreaterThan(1_000_000);
});

test("what a service adds is told, beside the numbers of its process", async () => {
  const { address, metrics } = await listening();
  metrics.add({ type: "gauge", name: "hot_backup_x", help: "x", read: () => [{ value: 7 }] });
  const response = await fetch(`http://${address}/metrics`);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  expect(text).toContain("\nhot_backup_x 7\n");
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds [\d.e-]+$/m);
  expect(text).toMatch(/^hot_backup_build_info\{service="monitor",server="backup-1",/m);
});

test("there is nothing but /metrics, and it is only read", async () => {
  const { address } = await listening();
  const ask = async (path: string, method = "GET", body?: string) =>
    (await fetch(`http://${address}${path}`, { method, ...(body && { body }) })).status;
  expect(await ask("/")).toBe(404);
  expect(await ask("/metrics/../etc/passwd")).toBe(404);
  expect(await ask("/metrics?collect[]=all")).toBe(200);
  expect(await ask("/metrics", "POST")).toBe(405);
  expect(await ask("/metrics", "DELETE")).toBe(405);
  expect(await ask("/metrics", "POST", "a body")).toBe(413);
  expect(await ask("/metrics", "HEAD")).toBe(200);
});

test("a request that is none is answered as bad, and the next one is served", async () => {
  const { port, address } = await listening();
  expect(await say(port, "\0\x01\x02 not HTTP\r\n\r\n").heard).toContain("400 Bad Request");
  const long = `GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(10_000)}\r\n\r\n`;
  expect(await say(port, long).heard).toContain("431 Request Header Fields Too Large");
  expect((await fetch(`http://${address}/metrics`)).status).toBe(200);
});

test("who never ends a request makes room for who does, and is cut in the end", async () => {
  const { port, address } = await listening({
    limits: { connectionsMax: 3, idleMs: 300, lingerMs: 0 },
  });
  const slow = Array.from({ length: 3 }, () => say(port, "GET /metrics HTTP/1.1\r\nHo"));
  await Promise.all(slow.map(({ socket }) => once(socket, "connect")));
  expect((await fetch(`http://${address}/metrics`)).status).toBe(200);
  // A byte now and then is no request either.
  const drip = setInterval(() => slow.forEach(({ socket }) => socket.write("x")), 20);
  onTestFinished(() => clearInterval(drip));
  await Promise.all(slow.map(({ heard }) => heard));
});

test("an answer that nobody reads is given up, and holds up no other", async () => {
  const { port, address, metrics } = await listening({ limits: { answersMax: 1, answerMs: 300 } });
  const labels = ["x".repeat(10_000)];
  const samples = Array.from({ length: 5_000 }, () => ({ labels, value: 1 }));
  metrics.add({ type: "gauge", name: "n", help: "h", labels: ["l"], read: () => samples });
  const { socket, heard } = say(port, get);
  await once(socket, "connect");
  socket.pause();
  await vi.waitFor(
    async () => {
      const response = await fetch(`http://${address}/metrics`, { method: "HEAD" });
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
    },
    { timeout: 10_000, interval: 10 },
  );
  await vi.waitFor(
    async () => {
      const response = await fetch(`http://${address}/metrics`, { method: "HEAD" });
      expect(response.status).toBe(200);
    },
    { timeout: 10_000, interval: 10 },
  );
  socket.resume();
  await heard;
});

test("numbers that cannot be read end the answer, and not the service", async () => {
  const { address, metrics, logged } = await listening();
  const broken = () => {
    throw new Error("no such number");
  };
  metrics.add({ type: "gauge", name: "n", help: "h", read: broken });
  const text = fetch(`http://${address}/metrics`).then((each) => each.text());
  await expect(text).rejects.toThrow("terminated");
  expect(logged.join("")).toContain("Cannot tell the metrics");
  expect((await fetch(`http://${address}/metrics`, { method: "HEAD" })).status).toBe(200);
});

test("an address that is taken is refused with its name", async () => {
  const { address, metrics } = await listening();
  const { log } = openMemoryLog();
  await expect(listenForMetrics(address, { metrics, log })).rejects.toMatchObject({
    reason: "CANNOT_LISTEN",
    message: expect.stringContaining(`Cannot listen on ${address}: `),
  });
});

test("under TLS readers and operators are told, and nobody else", async () => {
  using certificates = await Certificates.open();
  const own = serviceIdentity("backup-1", "monitor");
  const directory = await certificates.server("backup-1");
  using tls = await tlsOf(directory, own);
  const { port, metrics, logged } = await listening({ tls });
  const ask = (folder: string | undefined, name: string) =>
    askSecurely(port, { directory, folder, name });
  const reader = await certificates.person("reader", "prometheus");
  const operator = await certificates.person("operator", "ada");
  expect(await ask(reader, "reader")).toContain("200 OK");
  expect(await ask(operator, "operator")).toContain("200 OK");
  const service = await ask(directory, "heartbeat");
  expect(service).toContain("403 Forbidden");
  expect(service).toContain("ROLE_NOT_ALLOWED: Cannot call metrics: spiffe://hot-backup/server/");
  const nobody = await ask(undefined, "");
  expect(nobody).toContain("403 Forbidden");
  expect(nobody).toContain("NO_CERTIFICATE");
  expect(metrics.denials.get("ROLE_NOT_ALLOWED")).toBe(1);
  expect(metrics.denials.get("NO_CERTIFICATE")).toBe(1);
  expect(logged.join("")).toContain('"method":"/metrics"');
});

async function askSecurely(
  port: number,
  from: { directory: string; folder: string | undefined; name: string },
): Promise<string> {
  const { directory, folder, name } = from;
  const socket = connectTls({
    port,
    host: "127.0.0.1",
    ca: readFileSync(join(directory, "ca.crt")),
    checkServerIdentity: () => undefined,
    ALPNProtocols: ["h2", "http/1.1"],
    ...(folder !== undefined && {
      cert: readFileSync(join(folder, `${name}.crt`)),
      key: readFileSync(join(folder, `${name}.key`)),
    }),
  });
  onTestFinished(() => void socket.destroy());
  let all = "";
  socket.on("data", (chunk) => (all += String(chunk)));
  socket.write(get);
  await once(socket, "close");
  return all;
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { callWebhook } from "./webhook.ts";

interface Seen {
  readonly method: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that answers every request with `answer`, and tells what it saw. */
async function listen(answer: (response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      seen.push({ method: request.method, headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, seen };
}

const never = new AbortController().signal;
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const request = {
  body: '{"signal":"DEAD"}',
  idempotencyKey: "run/2",
  traceparent,
  timeoutMs: 20_000,
};

test("an answer of 2xx is success, and the request is JSON under its key and trace", async () => {
  const { origin, seen } = await listen((response) => response.writeHead(204).end());
  expect(await callWebhook({ ...request, url: `${origin}/hook` }, never)).toBe("");
  expect(seen).toMatchObject([
    {
      method: "POST",
      body: '{"signal":"DEAD"}',
      headers: { "content-type": "application/json", "idempotency-key": "run/2", traceparent },
    },
  ]);
});

test("any other answer is failure, told without the path", async () => {
  const { origin } = await listen((response) => response.writeHead(503).end("x"));
  expect(await callWebhook({ ...request, url: `${origin}/secret?a=b` }, never)).toBe(
    `Cannot call the webhook at ${origin}: it answered with status 503`,
  );
});

test("a redirect is not followed", async () => {
  const there = await listen((response) => response.end());
  const here = await listen((response) =>
    response.writeHead(307, { location: there.origin }).end(),
  );
  expect(await callWebhook({ ...request, url: here.origin }, never)).toMatch(/redirect/);
  expect(there.seen).toEqual([]);
});

test("a body without end is not read", async () => {
  const { origin } = await listen((response) => {
    response.writeHead(200);
    response.write("x".repeat(1000));
  });
  expect(await callWebhook({ ...request, url: origin }, never)).toBe("");
});

test("silence is failure at the timeout", async () => {
  const { origin } = await listen(() => {});
  expect(await callWebhook({ ...request, url: origin, timeoutMs: 200 }, never)).toBe(
    `Cannot call the webhook at ${origin}: no answer within 200 ms`,
  );
});

test("a call that is cancelled ends at once", async () => {
  const cancel = new AbortController();
  const { origin } = await listen(() => cancel.abort());
  expect(await callWebhook({ ...request, url: origin }, cancel.signal)).toBe(
    `Cannot call the webhook at ${origin}: it was cancelled`,
  );
});

test("a refused connection is told with its reason", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const url = `http://127.0.0.1:${port}`;
  expect(await callWebhook({ ...request, url }, never)).toBe(
    `Cannot call the webhook at ${url}: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
});

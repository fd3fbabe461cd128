// A gateway without servers behind it, for looking at the page and for tests of what no pair of
// real services can show: node synthetic-gateway.fixture.ts SCENE [PORT]. Prints its address.

import { createReadStream, existsSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { beatOf, type Scene, scenes, snapshotOf } from "./synthetic-views.fixture.ts";

const beatMs = 250;

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const kinds: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
};

const dist = join(import.meta.dirname, "../dist");
const [, , wanted = "pair", port = "0"] = process.argv;
const scene: Scene = scenes.find((each) => each === wanted) ?? "pair";

const person = { name: "anna", role: "operator", by: "token" };

const server = createServer((request, response) => {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  if (path === "/api/events") stream(response);
  else if (path === "/api/session")
    sendJson(response, { person, version: "0.1.0", ways: ["token"] });
  // Nobody has a past here.
  else if (path.startsWith("/api/")) sendJson(response, { entries: [], nextPage: "" });
  else sendFile(path, response);
});
server.listen(Number(port), "127.0.0.1", () => {
  const address = server.address();
  const bound = typeof address === "object" ? address?.port : undefined;
  process.stdout.write(`http://127.0.0.1:${bound}\n`);
});

function stream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = (event: object) => response.write(`data: ${JSON.stringify(event)}\n\n`);
  send(snapshotOf(scene, performance.now()));
  let beat = 1;
  const timer = setInterval(() => {
    send(beatOf(scene, beat, performance.now()));
    beat += 1;
  }, beatMs);
  response.on("close", () => clearInterval(timer));
}

function sendJson(response: ServerResponse, answer: object): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(answer));
}

function sendFile(path: string, response: ServerResponse): void {
  const file = join(dist, normalize(path === "/" ? "/index.html" : path));
  if (!existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  response.setHeader("content-type", kinds[extname(file)] ?? "application/octet-stream");
  response.setHeader("content-security-policy", policy);
  createReadStream(file).pipe(response);
}

// The listening end: HTTP, or HTTPS that also asks for certificates of people.

import assert from "node:assert";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  IncomingMessage,
  Server,
  ServerResponse,
} from "node:http";
import { createServer as createHttpsServer, Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { createAdaptorServer } from "@hono/node-server";
import { type ConnectionLimits, Connections } from "@hot-backup/kit/connections.ts";
import type { Logger } from "@hot-backup/kit/log.ts";
import type { Tls } from "@hot-backup/kit/tls.ts";
import type { Config, HttpsSettings } from "../config.ts";
import type { App } from "./env.ts";

/**
 * A page has a few connections. Only those whom the gateway knows use one: whoever merely connects,
 * or asks as nobody, makes room when there are too many.
 */
const limitsOfConsole: ConnectionLimits = {
  connectionsMax: 2000,
  idleMs: 70_000,
  lingerMs: 5_000,
  firstMessageMs: 30_000,
};

/** Between two lines of log about too many connections. */
const crowdedLogMs = 60_000;

/** Longest time until a request has arrived, headers first. */
const headersWithinMs = 10_000;
const requestWithinMs = 30_000;

/** Between two looks at files of a certificate that is not the console's own. */
const certificateLookMs = 10_000;

/** Longest wait for answers that are on their way when the gateway stops. */
const closeWithinMs = 2000;

type Fetch = Parameters<typeof createAdaptorServer>[0]["fetch"];

export interface Listening {
  /** host:port, with the port that was free where 0 was asked for. */
  readonly address: string;
  readonly connections: Connections;
  close(): Promise<void>;
}

/** Answers requests until it is closed. The app is made when the address is known. */
export async function listen(
  createAppFor: (address: string) => App,
  given: { config: Config; tls: Tls | undefined; log: Logger; limits?: ConnectionLimits },
): Promise<Listening> {
  const { config, tls, log, limits = limitsOfConsole } = given;
  const lookAt = config.https === undefined ? undefined : createContext(config.https, tls);
  let app: App | undefined;
  const connections = new Connections(limits, tellCrowded(log));
  const fetch: Fetch = (request, { incoming, outgoing }) => {
    assert(incoming instanceof IncomingMessage && outgoing instanceof ServerResponse);
    const peer = `${incoming.socket.remoteAddress}:${incoming.socket.remotePort}`;
    const keep = () => void outgoing.once("close", connections.begin(peer));
    return app?.fetch(request, { incoming, outgoing, keep }) ?? new Response(null, { status: 503 });
  };
  const server = createServer(fetch, { context: lookAt, asksForPeople: tls !== undefined });
  server.on("connection", (socket: Socket) => void connections.admit(socket));
  server.headersTimeout = headersWithinMs;
  server.requestTimeout = requestWithinMs;
  const { hostname, port } = new URL(`http://${config.listen}`);
  // URL leaves port 80 out, which is the usual one of its scheme.
  server.listen(port === "" ? 80 : Number(port), hostname.replace(/^\[|\]$/g, ""));
  await once(server, "listening");
  const stopLooking = lookAt && keepFresh(server, { lookAt, tls, log });
  const bound = server.address();
  const boundPort = typeof bound === "object" ? bound?.port : undefined;
  const address = `${hostname}:${boundPort}`;
  app = createAppFor(address);
  return {
    address,
    connections,
    close: async () => {
      stopLooking?.();
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), closeWithinMs);
      await closed;
      clearTimeout(late);
      connections[Symbol.dispose]();
    },
  };
}

function tellCrowded(log: Logger): ConstructorParameters<typeof Connections>[1] {
  let quietUntilMs = 0;
  return (counts) => {
    const nowMs = performance.now();
    if (nowMs < quietUntilMs) return;
    quietUntilMs = nowMs + crowdedLogMs;
    log.warn(counts, "Too many connections");
  };
}

function createServer(
  fetch: Fetch,
  given: { context: (() => SecureContextOptions) | undefined; asksForPeople: boolean },
): Server | HttpsServer {
  const { context, asksForPeople } = given;
  const server =
    context === undefined
      ? createAdaptorServer({ fetch, createServer: createHttpServer })
      : createAdaptorServer({
          fetch,
          createServer: createHttpsServer,
          // Whoever shows no certificate signs in with a token.
          serverOptions: {
            ...context(),
            requestCert: asksForPeople,
            rejectUnauthorized: false,
            handshakeTimeout: headersWithinMs,
          },
        });
  assert(server instanceof Server || server instanceof HttpsServer, "HTTP/2 is not asked for");
  return server;
}

// What is shown to browsers; people are judged by the authority of the services.
function createContext(settings: HttpsSettings, tls: Tls | undefined): () => SecureContextOptions {
  const people = () => (tls === undefined ? {} : { ca: tls.material().authoritiesPem });
  if (settings !== "own") {
    return () => ({
      ...people(),
      cert: readFileSync(settings.certificate),
      key: readFileSync(settings.key),
      minVersion: "TLSv1.2",
    });
  }
  assert(tls !== undefined, "the configuration has checked that there is tls");
  return () => ({ ...tls.listenerContext(), minVersion: "TLSv1.2" });
}

// Takes new certificates over without a restart.
function keepFresh(
  server: Server | HttpsServer,
  given: { lookAt: () => SecureContextOptions; tls: Tls | undefined; log: Logger },
): () => void {
  const { lookAt, tls, log } = given;
  let inUse = "";
  let problem = "";
  const look = () => {
    if (!(server instanceof HttpsServer)) return;
    try {
      const context = lookAt();
      const print = JSON.stringify([context.cert, context.key, context.ca]);
      if (print !== inUse) server.setSecureContext(context);
      inUse = print;
      problem = "";
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      if (because !== problem) log.error({ because }, "The certificate shown to browsers stays");
      problem = because;
    }
  };
  const stop = tls?.onChange(look);
  const timer = setInterval(look, certificateLookMs).unref();
  return () => {
    stop?.();
    clearInterval(timer);
  };
}

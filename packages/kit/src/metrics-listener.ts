// GET /metrics over HTTP, and nothing else: few connections, small requests, and answers in
// portions, between which heartbeats are heard. Where there is TLS, whoever asks needs a
// certificate.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setImmediate as otherTurns } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { authorize } from "./authorize.ts";
import type { ConnectionLimits } from "./connections.ts";
import { createDenials, type Denials } from "./denials.ts";
import { Failure } from "./errors.ts";
import { printIdentity, readIdentity } from "./identity.ts";
import type { Logger } from "./log.ts";
import { type Metrics, metricsMediaType } from "./metrics.ts";
import { metricsPermission } from "./permissions.ts";
import { listenOnSockets, type OpenGate } from "./socket-listener.ts";
import type { Tls } from "./tls.ts";
import { openTlsGate } from "./tls-gate.ts";
import { pagesProtocol } from "./tls-refusal.ts";

/** Where a service tells its numbers. */
export interface MetricsListener {
  /** host:port; the port is the real one where 0 was asked for. */
  readonly address: string;
  close(): Promise<void>;
}

/** Bounds of what those who ask may hold. */
export interface MetricsLimits extends ConnectionLimits {
  /** Answers that are under way at once; further ones are asked to come again. */
  readonly answersMax: number;
  /** How long a reader may take for an answer. */
  readonly answerMs: number;
}

/**
 * A Prometheus or two, and somebody with curl. A request that does not get complete counts as idle,
 * so that it makes room for the next connection, and is cut after `idleMs`: longer than the usual
 * minute between two scrapes, so that an honest connection is kept.
 */
const limitsOfListener: MetricsLimits = {
  connectionsMax: 16,
  idleMs: 70_000,
  lingerMs: 5_000,
  firstMessageMs: 10_000,
  answersMax: 2,
  answerMs: 10_000,
};

/** An honest request has some hundred bytes. */
const headerBytesMax = 8 * 1024;

interface ListenerOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Absent: whoever can connect may read. A path of this machine has no TLS either. */
  readonly tls?: Tls | undefined;
  readonly limits?: MetricsLimits;
}

/** Listens on `address` ("host:port" or "unix:/path"). Throws a Failure when it cannot. */
export async function listenForMetrics(
  address: string,
  options: ListenerOptions,
): Promise<MetricsListener> {
  const { metrics, log, limits = limitsOfListener } = options;
  const tls = address.startsWith("unix:") ? undefined : options.tls;
  const denials = createDenials(log, metrics.denials);
  const openGate: OpenGate | undefined =
    tls && ((letIn) => openTlsGate(tls, { letIn, denials, protocol: pagesProtocol }));
  const answer = createAnswerer({ metrics, limits, log });
  const bounds = { maxHeaderSize: headerBytesMax, keepAliveTimeout: limits.idleMs };
  const server = createServer(bounds, (request, response) => {
    response.on("error", () => {});
    const end = listener.connections.begin(peerOf(request));
    response.once("close", end);
    const refusal = refuse(request) ?? (tls && deny(request, { tls, denials }));
    if (refusal === undefined) void answer(request, response);
    else send(response, refusal);
  });
  const letIn = (socket: object) => void server.emit("connection", socket);
  const listener = await listenOnSockets(address, { letIn, openGate, limits, log });
  return {
    address: listener.address,
    // Nobody is kept waiting for the end of a service by who reads its numbers.
    close: () => listener.close(0),
  };
}

/** What is answered in place of the numbers. */
interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function refuse({ method, url = "", headers }: IncomingMessage): Refusal | undefined {
  const isBodyAnnounced =
    headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
  if (isBodyAnnounced) return { status: 413, text: "A request has no body here" };
  if (url.split("?")[0] !== "/metrics") return { status: 404, text: "There is only /metrics" };
  if (method === "GET" || method === "HEAD") return undefined;
  return { status: 405, text: "/metrics is only read", headers: { Allow: "GET, HEAD" } };
}

function deny(
  request: IncomingMessage,
  { tls, denials }: { tls: Tls; denials: Denials },
): Refusal | undefined {
  const { socket } = request;
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const identity = readIdentity(certificate?.subjectAltName);
  try {
    const permission = metricsPermission;
    authorize({ path: "/metrics", permission, identity, own: tls.own, request: undefined });
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { reason, message } = error;
    denials.note({
      reason,
      because: message,
      peer: peerOf(request),
      method: "/metrics",
      ...(identity !== undefined && { identity: printIdentity(identity) }),
    });
    return { status: 403, text: `${reason}: ${message}` };
  }
}

function createAnswerer({ metrics, limits, log }: Required<Omit<ListenerOptions, "tls">>) {
  const { answersMax, answerMs } = limits;
  let answers = 0;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (answers >= answersMax) {
      const text = `${answersMax} answers are under way already`;
      return send(response, { status: 503, text, headers: { "Retry-After": "1" } });
    }
    answers += 1;
    const cut = setTimeout(() => response.destroy(), answerMs);
    try {
      response.writeHead(200, { "Content-Type": metricsMediaType, "Cache-Control": "no-store" });
      if (request.method !== "HEAD") await writeAll(metrics, response);
      response.end();
    } catch (error) {
      // Numbers that cannot be read are no reason to stop what they are about.
      log.error({ err: error }, "Cannot tell the metrics");
      response.destroy();
    } finally {
      clearTimeout(cut);
      answers -= 1;
    }
  };
}

async function writeAll(metrics: Metrics, response: ServerResponse): Promise<void> {
  for await (const portion of metrics.write()) {
    if (response.destroyed) return;
    if (response.write(portion)) await otherTurns();
    else await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      response.off("drain", finish).off("close", finish);
      resolve();
    };
    response.on("drain", finish).on("close", finish);
  });
}

function send(response: ServerResponse, { status, text, headers }: Refusal): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    // What a refused request still has to say is not read.
    Connection: "close",
    ...headers,
  });
  response.end(body);
}

function peerOf({ socket }: IncomingMessage): string {
  return `${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`;
}

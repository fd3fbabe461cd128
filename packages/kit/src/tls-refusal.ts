// Says no to those whom we do not know in their own language: every call of such a connection ends
// with UNAUTHENTICATED and a reason, a request for a page with 403. They never reach the server
// behind, and never for long.

import { performServerHandshake, type ServerHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Failure, toStatus } from "./errors.ts";

/** Connections that are refused at once; more are cut without a word. */
const refusedMax = 64;

/** How long one may take to hear it. */
const refusalMs = 5_000;

/** Refuses connections. */
export interface Refusals {
  refuse(socket: TLSSocket, why: Failure): void;
}

/** What is spoken behind a gate. */
export interface Protocol {
  /** Its name in the handshake (ALPN, RFC 7301). */
  readonly name: "h2" | "http/1.1";
  /** Answers whoever is refused, once. */
  answer(socket: TLSSocket, why: Failure): void;
}

/** Calls of gRPC. */
export const callsProtocol: Protocol = {
  name: "h2",
  answer: (socket, why) => {
    const settings = { maxConcurrentStreams: 1, enablePush: false };
    answerCalls(performServerHandshake(socket, { settings }), why);
  },
};

/** Requests for a page. */
export const pagesProtocol: Protocol = {
  name: "http/1.1",
  // Once something was asked: an answer before the question is thrown away.
  answer: (socket, why) => socket.once("data", () => socket.end(writeForbidden(why))),
};

export function createRefusals(protocol: Protocol): Refusals {
  const sockets = new Set<TLSSocket>();
  return {
    refuse: (socket, why) => {
      if (sockets.size >= refusedMax) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      const cut = setTimeout(() => socket.destroy(), refusalMs);
      socket.once("close", () => {
        clearTimeout(cut);
        sockets.delete(socket);
      });
      protocol.answer(socket, why);
    },
  };
}

// A response of one frame, "trailers-only" in the words of the gRPC protocol.
function answerCalls(session: ServerHttp2Session, why: Failure): void {
  const { code, details, metadata } = toStatus(why);
  session.on("error", () => {});
  session.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc",
        "grpc-status": String(code),
        "grpc-message": encodeURI(details),
        ...metadata?.toHttp2Headers(),
      },
      { endStream: true },
    );
    // What the client still sends is not read.
    stream.close();
    session.close();
  });
}

function writeForbidden({ reason, message }: Failure): string {
  const body = `${reason}: ${message}\n`;
  return [
    "HTTP/1.1 403 Forbidden",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}

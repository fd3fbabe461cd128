// Says no to those whom we do not know in their own language: every call of such a connection ends
// with UNAUTHENTICATED and a reason. They never reach the gRPC server, and never for long.

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

export function createRefusals(): Refusals {
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
      const settings = { maxConcurrentStreams: 1, enablePush: false };
      answer(performServerHandshake(socket, { settings }), why);
    },
  };
}

// A response of one frame, "trailers-only" in the words of the gRPC protocol.
function answer(session: ServerHttp2Session, why: Failure): void {
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

// The gate of a listener with TLS: who connects shows a certificate, and only whom we know is
// handed on.

import type { Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Denial, Denials } from "./denials.ts";
import { Failure } from "./errors.ts";
import type { Tls } from "./tls.ts";
import { watchOpenPeers } from "./tls-open-peers.ts";
import { judge, type Verdict } from "./tls-peer.ts";
import { createRefusals, type Protocol } from "./tls-refusal.ts";

/** Longest handshake, milliseconds; one takes a few, and a round trip or two. */
const handshakeTimeoutMs = 10_000;

/** Takes connections as they come in. */
export interface TlsGate {
  take(socket: Socket): void;
  /** Looks at open connections no more. */
  close(): void;
}

/** `letIn` gets every connection of somebody we know, encrypted. */
export function openTlsGate(
  tls: Tls,
  given: { letIn(socket: TLSSocket): void; denials: Denials; protocol: Protocol },
): TlsGate {
  const { letIn, denials, protocol } = given;
  const handshakes = createHandshakes();
  const refusals = createRefusals(protocol);
  const server = createServer({
    ...tls.listenerContext(),
    ALPNProtocols: [protocol.name],
    requestCert: true,
    // Judged below, so that both sides hear why.
    rejectUnauthorized: false,
    handshakeTimeout: handshakeTimeoutMs,
  });
  const peers = watchOpenPeers(tls, {
    cut: (socket, verdict) => {
      deny(verdict, { peer: peerOf(socket), denials });
      socket.destroy();
    },
    // They are judged by the authorities with which they began.
    cutUnjudged: handshakes.cutAll,
  });
  server.on("secureConnection", (socket) => {
    socket.on("error", () => {});
    handshakes.end(socket);
    const verdict = judge(socket, tls.material());
    if (verdict.kind === "known") {
      peers.add(socket, verdict.peer);
      letIn(socket);
    } else {
      refusals.refuse(socket, deny(verdict, { peer: peerOf(socket), denials }));
    }
  });
  server.on("tlsClientError", (error, socket) => denials.note(failedHandshake(error, socket)));
  const stopWatching = tls.onChange(() => server.setSecureContext(tls.listenerContext()));
  return {
    take: (socket) => {
      handshakes.begin(socket);
      server.emit("connection", socket);
    },
    close: () => {
      stopWatching();
      peers.close();
    },
  };
}

// The connections whose other end has not proved anything yet, by peer.
function createHandshakes() {
  const sockets = new Map<string, Socket>();
  return {
    begin: (socket: Socket) => {
      const peer = peerOf(socket);
      sockets.set(peer, socket);
      socket.once("close", () => {
        if (sockets.get(peer) === socket) sockets.delete(peer);
      });
    },
    end: (socket: TLSSocket) => void sockets.delete(peerOf(socket)),
    cutAll: () => {
      for (const socket of sockets.values()) socket.destroy();
    },
  };
}

function failedHandshake(error: Error, socket: TLSSocket): Denial {
  const why = "it speaks no TLS 1.3, or does not accept our certificate";
  return {
    reason: "HANDSHAKE_FAILED",
    because: `${error.message}: ${why}`,
    peer: peerOf(socket),
  };
}

function deny(verdict: Verdict, given: { peer: string; denials: Denials }): Failure {
  if (verdict.kind === "known") {
    throw new Error("Somebody whom we know is not denied a connection");
  }
  const { reason, because, claimed } = verdict;
  given.denials.note({ ...verdict, peer: given.peer });
  const who = claimed ?? `the caller from ${given.peer}`;
  const message = `Cannot take calls of ${who}: ${because}`;
  return new Failure("unauthenticated", { message, reason });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? "unknown"}:${remotePort ?? 0}`;
}

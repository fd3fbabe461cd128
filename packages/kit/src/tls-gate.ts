// The gate of a listener with TLS: who connects shows a certificate, and only whom we know is
// handed on. Connections that were let in are judged again when the certificates of this service
// change.

import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Denials } from "./denials.ts";
import { Failure } from "./errors.ts";
import type { Tls } from "./tls.ts";
import { judge, judgeAgain, type Verdict } from "./tls-peer.ts";
import { createRefusals } from "./tls-refusal.ts";

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
  given: { letIn(socket: TLSSocket): void; denials: Denials },
): TlsGate {
  const { letIn, denials } = given;
  const open = new Map<TLSSocket, X509Certificate>();
  const refusals = createRefusals();
  const server = createServer({
    ...tls.listenerContext(),
    ALPNProtocols: ["h2"],
    requestCert: true,
    // Judged below, so that both sides hear why.
    rejectUnauthorized: false,
    handshakeTimeout: handshakeTimeoutMs,
  });
  server.on("secureConnection", (socket) => {
    socket.on("error", () => {});
    const verdict = judge(socket, tls.material());
    const certificate = socket.getPeerX509Certificate();
    if (verdict.kind === "known" && certificate !== undefined) {
      open.set(socket, certificate);
      socket.once("close", () => open.delete(socket));
      letIn(socket);
    } else {
      refusals.refuse(socket, deny(verdict, { peer: peerOf(socket), denials }));
    }
  });
  server.on("tlsClientError", (error, socket) => {
    denials.note({
      reason: "HANDSHAKE_FAILED",
      because: `${error.message}: it speaks no TLS 1.3, or does not accept our certificate`,
      peer: peerOf(socket),
    });
  });
  const stopWatching = tls.onChange(() => {
    server.setSecureContext(tls.listenerContext());
    for (const [socket, certificate] of open) {
      const verdict = judgeAgain(certificate, tls.material());
      if (verdict.kind === "known") continue;
      deny(verdict, { peer: peerOf(socket), denials });
      socket.destroy();
    }
  });
  return {
    take: (socket) => void server.emit("connection", socket),
    close: stopWatching,
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

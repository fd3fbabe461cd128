// The listening end of a gRPC server: hands connections to grpc-js, which has no limits of its own.
// Knows nothing of calls.

import type { Socket } from "node:net";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import type { ConnectionLimits } from "./connections.ts";
import type { Logger } from "./log.ts";
import { listenOnSockets, type OpenGate, type SocketListener } from "./socket-listener.ts";

/** A server that listens. */
export interface GrpcListener extends Pick<SocketListener, "address" | "connections"> {
  /** Takes nothing more, lets calls finish for up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/**
 * Listens on every address that "host:port" has, or on "unix:/path". Throws a Failure when it
 * cannot.
 */
export async function listen(
  server: Server,
  address: string,
  given: { openGate: OpenGate | undefined; limits: ConnectionLimits; log: Logger },
): Promise<GrpcListener> {
  // Of TLS grpc-js knows nothing: what it gets is decrypted already.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const letIn = (socket: Socket) => injector.injectConnection(socket);
  const listener = await listenOnSockets(address, { ...given, letIn });
  return {
    address: listener.address,
    connections: listener.connections,
    close: (graceMs) => listener.close(graceMs, () => injector.destroy()),
  };
}

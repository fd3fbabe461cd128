// Stands between a heartbeat service and its monitor and notes when the last heartbeat went by. It
// reads only the frame headers of HTTP/2 (RFC 9113, section 4.1): a heartbeat is a DATA frame with
// content from the client.

import { createServer, connect, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** A listening tap. */
export interface HeartbeatTap extends AsyncDisposable {
  readonly port: number;
  /** Instant at which the last heartbeat was passed on, by CLOCK_MONOTONIC. 0: none yet. */
  lastHeartbeatNs(): bigint;
}

/** What a client sends before its first frame. */
const prefaceBytes = 24;
const headerBytes = 9;
const dataFrame = 0;

/** Listens on a free port of 127.0.0.1 and passes everything on to `monitorPort`. */
export async function openHeartbeatTap(monitorPort: number): Promise<HeartbeatTap> {
  const sockets = new Set<Socket>();
  let lastNs = 0n;
  const server = createServer((client) => {
    const monitor = connect(monitorPort, "127.0.0.1");
    const hasHeartbeat = createFrameReader();
    for (const socket of [client, monitor]) {
      socket.setNoDelay();
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (bytes) => {
      if (hasHeartbeat(bytes)) lastNs = process.hrtime.bigint();
      monitor.write(bytes);
    });
    monitor.on("data", (bytes) => client.write(bytes));
    client.on("error", () => monitor.destroy());
    monitor.on("error", () => client.destroy());
    client.on("end", () => monitor.end());
    monitor.on("end", () => client.end());
  });
  const port = await listen(server);
  return {
    port,
    lastHeartbeatNs: () => lastNs,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Tells for each chunk of a connection whether a DATA frame with content ends in it. */
function createFrameReader(): (bytes: Buffer) => boolean {
  const header = Buffer.alloc(headerBytes);
  let headerLength = 0;
  let bodyLeft = prefaceBytes;
  let isData = false;
  return (bytes) => {
    let hasData = false;
    for (let offset = 0; offset < bytes.length;) {
      if (bodyLeft > 0) {
        const taken = Math.min(bodyLeft, bytes.length - offset);
        bodyLeft -= taken;
        offset += taken;
        hasData ||= isData && bodyLeft === 0;
        continue;
      }
      header[headerLength] = bytes[offset] ?? 0;
      headerLength += 1;
      offset += 1;
      if (headerLength < headerBytes) continue;
      headerLength = 0;
      bodyLeft = header.readUIntBE(0, 3);
      isData = header[3] === dataFrame && bodyLeft > 0;
    }
    return hasData;
  };
}

// Clients that keep no rule of HTTP/2 or gRPC, one socket each.

import { once } from "node:events";
import { connect as connectHttp, constants } from "node:http2";
import { createConnection, type Socket } from "node:net";

/** What begins every connection of HTTP/2. Source: RFC 9113, 3.4. */
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Sockets that are cut together. */
export class Sockets implements Disposable {
  readonly #all = new Set<Socket>();
  readonly #port: number;

  /** To host:port on this machine. */
  constructor(address: string) {
    this.#port = Number(address.slice(address.lastIndexOf(":") + 1));
  }

  /** Those that the other end has not closed. */
  get open(): number {
    return this.#all.size;
  }

  /** Opens connections and says the given bytes on each. */
  async openMany(count: number, bytes: Uint8Array = Buffer.of()): Promise<void> {
    // As many at once as the queue of a listening socket holds.
    const step = 200;
    for (let opened = 0; opened < count; opened += step) {
      const batch = Array.from({ length: Math.min(step, count - opened) }, () => this.#open());
      await Promise.all(batch.map((socket) => once(socket, "connect")));
      if (bytes.length > 0) for (const socket of batch) socket.write(bytes);
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#all) socket.destroy();
  }

  #open(): Socket {
    const socket = createConnection({ host: "127.0.0.1", port: this.#port });
    this.#all.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#all.delete(socket));
    socket.resume();
    return socket;
  }
}

/** The beginning of HTTP/2 without its end. */
export const halfPreface = Buffer.from(preface.slice(0, 10));

/** A whole preface, and headers that are never finished: no END_HEADERS, no CONTINUATION. */
export const halfHeaders = Buffer.concat([
  Buffer.from(preface),
  frame(0x4, { flags: 0, streamId: 0, payload: Buffer.of() }),
  frame(0x1, { flags: 0, streamId: 1, payload: Buffer.from([0x82, 0x86]) }),
]);

/** Headers that go on for ever in small pieces (CVE-2024-27983). */
export function endlessHeaders(pieces: number): Buffer {
  const piece = frame(0x9, { flags: 0, streamId: 1, payload: Buffer.alloc(100, 0x82) });
  return Buffer.concat([halfHeaders, ...Array.from({ length: pieces }, () => piece)]);
}

// Source: RFC 9113, 4.1.
function frame(
  type: number,
  { flags, streamId, payload }: { flags: number; streamId: number; payload: Buffer },
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/**
 * Opens calls of a method and takes each back at once, on one connection (CVE-2023-44487). Tells
 * how many it could open before the other end had enough of it.
 */
export async function resetRapidly(
  address: string,
  { path, count }: { path: string; count: number },
): Promise<number> {
  const session = connectHttp(`http://${address}`);
  session.on("error", () => {});
  let opened = 0;
  try {
    for (; opened < count && !session.closed && !session.destroyed; opened += 1) {
      const request = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        te: "trailers",
      });
      request.on("error", () => {});
      request.close(constants.NGHTTP2_CANCEL);
      if (opened % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    session.destroy();
  }
  return opened;
}

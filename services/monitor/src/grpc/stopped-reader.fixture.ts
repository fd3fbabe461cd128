// A client that reads nothing until it is told to: grpc-js itself always reads. Without a reader
// the window of HTTP/2 stays shut after 64 KiB, and everything else waits in the service.

import { connect, constants, type IncomingHttpHeaders } from "node:http2";

/** What came after all. */
export interface ReadAtLast {
  readonly trailers: IncomingHttpHeaders;
  readonly bytes: number;
}

/** Calls a method by hand, with one message. More may be sent, until the end is said. */
export function openStoppedReader(address: string, method: string, message: Uint8Array) {
  const session = connect(`http://${address}`);
  const request = session.request({
    ":method": "POST",
    ":path": `/hotbackup.v1.MonitorService/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
  });
  // What the other end does to the connection shows in the trailers, or in their absence.
  session.on("error", () => {});
  request.on("error", () => {});
  const begun = new Promise((resolve) => {
    request.on("response", resolve);
  });
  request.write(frame(message));
  return {
    /** Resolves when the service has begun to answer. */
    begun,
    /** Resolves when the message has left this process. */
    send: (more: Uint8Array) =>
      new Promise<void>((resolve) => {
        request.write(frame(more), () => resolve());
      }),
    /** Says that no more messages follow. */
    end: () => request.end(),
    /** Reads what is there, to the end of the stream. */
    readOn: () =>
      new Promise<ReadAtLast>((resolve) => {
        let bytes = 0;
        request.on("data", (chunk: Buffer) => (bytes += chunk.length));
        request.on("trailers", (trailers: IncomingHttpHeaders) => resolve({ trailers, bytes }));
        request.on("close", () => resolve({ trailers: {}, bytes }));
      }),
    /** Ends the call from this side. */
    cancel: () => request.close(constants.NGHTTP2_CANCEL),
    [Symbol.dispose]: () => session.destroy(),
  };
}

// Source: the gRPC over HTTP/2 protocol: a flag for compression, a length of four bytes, the
// message.
function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

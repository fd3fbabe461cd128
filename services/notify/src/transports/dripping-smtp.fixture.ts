// An SMTP server that greets well and then answers every word with a line that has no end.

import { once } from "node:events";
import { createServer, type Socket } from "node:net";

/** A listening server. */
export interface DrippingSmtp extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
}

/** Listens on a free port and drips a byte every `everyMs`. */
export async function openDrippingSmtp(everyMs: number): Promise<DrippingSmtp> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.write("220 here\r\n");
    let drip: NodeJS.Timeout | undefined;
    socket.on("data", () => (drip ??= setInterval(() => socket.write("2"), everyMs)));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(drip);
      sockets.delete(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("listens on no port");
  return {
    port: address.port,
    get open() {
      return sockets.size;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const each of sockets) each.destroy();
        server.close(() => resolve());
      }),
  };
}

// A TCP proxy whose cable can be pulled: while it is cut nothing passes in either direction and no
// connection is closed, as with a network that lost its way. Mended, the bytes that were under way
// arrive late.

import { connect, createServer, type Socket } from "node:net";

/** A listening proxy. */
export interface CableProxy extends AsyncDisposable {
  /** host:port to connect to. */
  readonly address: string;
  cut(): void;
  mend(): void;
}

/** Listens on a port of 127.0.0.1 and passes everything on to another one. */
export async function openCableProxy(listenPort: number, targetPort: number): Promise<CableProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect(targetPort, "127.0.0.1");
    far.pause();
    pass(near, far);
    pass(far, near);
  });
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on("data", (bytes) => to.write(bytes));
    from.on("end", () => to.end());
    // An error is always followed by close.
    from.on("error", () => undefined);
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
    if (!isCut) from.resume();
    else from.pause();
  };
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listenPort, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${listenPort}`,
    cut: () => {
      isCut = true;
      for (const each of sockets) each.pause();
    },
    mend: () => {
      isCut = false;
      for (const each of sockets) each.resume();
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const each of sockets) each.destroy();
        server.close(() => resolve());
      }),
  };
}

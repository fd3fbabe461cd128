// The wire where there are no namespaces: TCP proxies on one machine. A cut holds bytes back and
// closes nothing, like a network that has lost its way. Bytes of a stream are never lost: what a
// packet would be lost for is late instead, by as long as TCP takes to send it again.
//
//   node stream-wire.ts FROM:TO:LISTEN:TARGET...   machines and ports of 127.0.0.1

import { connect, createServer, type Socket } from "node:net";
import { WireLinks } from "./wire-orders.ts";

/** The shortest time after which Linux sends a packet again. */
const resendMs = 200;
/** How often a cut direction is looked at again. */
const lookMs = 5;

const links = new WireLinks();

const listening = process.argv.slice(2).map((word) => {
  const [from = "", to = "", listen, target] = word.split(":");
  const server = createServer((near) => {
    const far = connect(Number(target), "127.0.0.1");
    pass(near, far, [from, to]);
    pass(far, near, [to, from]);
  });
  return new Promise<void>((resolve) => {
    server.listen(Number(listen), "127.0.0.1", resolve);
  });
});
await Promise.all(listening);
links.tell({ news: "ready" });

// What comes first goes first: a stream has an order, so one late piece makes all after it late.
function pass(source: Socket, sink: Socket, [from, to]: readonly [string, string]): void {
  const pieces: { bytes: Buffer | undefined; dueMs: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flow = () => {
    timer = undefined;
    for (let first = pieces[0]; first !== undefined; first = pieces[0]) {
      const waitMs = links.link(from, to).isCut ? lookMs : first.dueMs - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(flow, waitMs);
        return;
      }
      pieces.shift();
      if (first.bytes === undefined) sink.destroy();
      else sink.write(first.bytes);
    }
  };
  const take = (bytes: Buffer | undefined) => {
    pieces.push({ bytes, dueMs: performance.now() + lateness(from, to) });
    if (timer === undefined) flow();
  };
  source.on("data", take);
  // An error is always followed by close, which the other end learns in its turn.
  source.on("error", () => undefined);
  source.on("close", () => take(undefined));
}

function lateness(from: string, to: string): number {
  if (links.link(from, to).isCut) return 0;
  let resent = 0;
  for (;;) {
    const lateMs = links.fate(from, to);
    if (lateMs !== undefined) return lateMs + resent * resendMs;
    resent += 1;
  }
}

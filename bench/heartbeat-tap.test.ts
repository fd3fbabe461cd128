// The tap must take nothing but a heartbeat for a heartbeat, however TCP cuts the bytes.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { expect, test } from "vitest";
import { openHeartbeatTap } from "./heartbeat-tap.ts";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

function frame(type: number, body: string): Buffer {
  const header = Buffer.from([0, 0, body.length, type, 0, 0, 0, 0, 1]);
  return Buffer.concat([header, Buffer.from(body)]);
}

const settings = frame(4, "");
const data = frame(0, "a heartbeat");
const emptyData = frame(0, "");
const ping = frame(6, "12345678");

test.each([1, 3, 9, 64])(
  "only a whole DATA frame with content is a heartbeat, in chunks of %i bytes",
  async (chunkBytes) => {
    let received = 0;
    const monitor = createServer((socket) => {
      socket.on("data", (bytes) => (received += bytes.length));
    });
    monitor.listen(0, "127.0.0.1");
    await once(monitor, "listening");
    const address = monitor.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    const tap = await openHeartbeatTap(address.port);
    const client = connect(tap.port, "127.0.0.1");
    let sent = 0;
    const send = async (bytes: Buffer) => {
      for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
        client.write(bytes.subarray(offset, offset + chunkBytes));
      }
      sent += bytes.length;
      await waitFor("the bytes to arrive", () => received === sent, { withinMs: 5000 });
    };
    try {
      client.setNoDelay();
      await send(Buffer.concat([preface, settings, ping, emptyData]));
      expect(tap.lastHeartbeatNs()).toBe(0n);
      await send(data.subarray(0, data.length - 1));
      expect(tap.lastHeartbeatNs()).toBe(0n);
      await send(data.subarray(data.length - 1));
      const first = tap.lastHeartbeatNs();
      expect(first).toBeGreaterThan(0n);
      await send(ping);
      expect(tap.lastHeartbeatNs()).toBe(first);
      await send(Buffer.concat([data, settings]));
      expect(tap.lastHeartbeatNs()).toBeGreaterThan(first);
    } finally {
      client.destroy();
      await tap[Symbol.asyncDispose]();
      monitor.close();
    }
  },
);

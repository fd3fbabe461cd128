import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { chooseFreePorts } from "./ports.ts";
import { openCableProxy } from "./proxy.ts";
import { waitFor } from "./wait.ts";

test("a cut cable holds everything back and closes nothing until it is mended", async () => {
  const [listenPort = 0, targetPort = 0] = await chooseFreePorts(2);
  let heard = "";
  const server = createServer((socket) => socket.on("data", (bytes) => (heard += String(bytes))));
  server.listen(targetPort, "127.0.0.1");
  await using proxy = await openCableProxy(listenPort, targetPort);
  const client = connect(listenPort, "127.0.0.1");
  await once(client, "connect");
  try {
    client.write("a");
    await waitFor("the first byte", () => heard === "a", { withinMs: 5000 });
    proxy.cut();
    client.write("b");
    const passed = waitFor("nothing to pass", () => heard === "ab", { withinMs: 100 });
    await expect(passed).rejects.toThrow("Gave up after 100 ms: nothing to pass");
    expect(client.destroyed).toBe(false);
    proxy.mend();
    await waitFor("the second byte", () => heard === "ab", { withinMs: 5000 });
  } finally {
    client.destroy();
    server.close();
  }
});

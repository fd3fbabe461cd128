// What the networks do, measured from outside.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { expect, test } from "vitest";
import { bad } from "../faults/network-faults.ts";
import { findPlace } from "../place.ts";
import { perfectLink } from "./network.ts";
import { openProxies } from "./proxies.ts";

const withinMs = 20_000;

test("packets between namespaces are lost, late and cut as asked", ({ annotate }) => {
  const { place, launcher } = findPlace(undefined);
  // Where there are none there is nothing to measure, and a reason why.
  if (place.network === "proxy" && /^no namespaces: ./.test(place.because)) {
    return annotate(place.because);
  }
  const fixture = join(import.meta.dirname, "namespaces.fixture.ts");
  const [program, ...words] = [...launcher, process.execPath, fixture];
  const { stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  expect(stderr).toBe("");
  const { perfect, lossy, counts, forward, backward, beside } = JSON.parse(stdout);
  expect(perfect).toHaveLength(500);
  expect(mean(perfect)).toBeLessThan(50);
  // 20 % of 500, give or take four standard deviations.
  expect(lossy.length).toBeGreaterThan(364);
  expect(lossy.length).toBeLessThan(436);
  expect(lossy).toHaveLength(counts.offered - counts.lost);
  // Evenly from 0 to 200 ms, on a machine that may be busy.
  expect(mean(lossy)).toBeGreaterThan(80);
  expect(mean(lossy)).toBeLessThan(170);
  expect(forward).toEqual([]);
  expect(backward).toHaveLength(500);
  return expect(beside).toHaveLength(500);
});

test("a proxy holds back one direction and closes nothing", async () => {
  await using bed = await openEchoBed();
  await bed.echoes("a");
  bed.network.set("backup", "primary", { ...perfectLink, isCut: true });
  bed.client.write("b");
  await waitFor("the request", () => bed.heard().there === "ab", { withinMs });
  const answered = waitFor("no answer", () => bed.heard().here === "ab", { withinMs: 200 });
  await expect(answered).rejects.toThrow("Gave up");
  bed.network.set("backup", "primary", perfectLink);
  await waitFor("the answer", () => bed.heard().here === "ab", { withinMs });
  expect(bed.client.destroyed).toBe(false);
});

test("a bad proxy makes bytes late, and loses and reorders none", async () => {
  await using bed = await openEchoBed();
  bed.network.set("primary", "backup", bad);
  const startMs = performance.now();
  for (const letter of "abcdefghij") await bed.echoes(letter);
  // Ten pieces, each up to 200 ms late, and some sent again.
  expect(performance.now() - startMs).toBeGreaterThan(300);
  expect(bed.heard().there).toBe("abcdefghij");
  expect((await bed.network.lossCounts()).offered).toBeGreaterThanOrEqual(10);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

// A server on the backup that echoes, and a client on the primary, through a proxy.
async function openEchoBed() {
  await using opened = new AsyncDisposableStack();
  const [port = 0] = await chooseFreePorts(1);
  const heard = { there: "", here: "" };
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      heard.there += String(bytes);
      socket.write(bytes);
    });
  });
  server.listen(port, "127.0.0.1");
  opened.defer(() => void server.close());
  const network = opened.use(await openProxies([{ from: "primary", to: "backup", port }]));
  const listen = Number(network.addressBetween("primary", "backup", port).split(":")[1]);
  const client = connect(listen, "127.0.0.1");
  opened.defer(() => void client.destroy());
  client.on("data", (bytes) => (heard.here += String(bytes)));
  await once(client, "connect");
  const kept = opened.move();
  return {
    network,
    client,
    heard: () => heard,
    echoes: async (letter: string) => {
      const before = heard.here.length;
      client.write(letter);
      await waitFor(`the echo of ${letter}`, () => heard.here.length > before, { withinMs });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

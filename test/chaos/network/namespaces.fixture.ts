// Run inside a place with namespaces: sends datagrams from machine to machine over a link that is
// perfect, bad, and cut in one direction, and writes what arrived as JSON.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { bad } from "../faults/network-faults.ts";
import { openNamespaces } from "./namespaces.ts";
import { type Machine, type Network, perfectLink } from "./network.ts";

/** Of the receiver on each machine. Exchanges to different machines go on side by side. */
const port = 7000;
const program = fileURLToPath(new URL("datagrams.fixture.ts", import.meta.url));

await using network = await openNamespaces();
const perfect = await exchange(network, "primary", "backup");
network.set("primary", "backup", bad);
const lossy = await exchange(network, "primary", "backup");
const counts = await network.lossCounts();
network.set("primary", "backup", { ...perfectLink, isCut: true });
const [forward, backward, beside] = await Promise.all([
  exchange(network, "primary", "backup"),
  exchange(network, "backup", "primary"),
  exchange(network, "primary", "apart"),
]);
process.stdout.write(JSON.stringify({ perfect, lossy, counts, forward, backward, beside }));

// Sends from one machine to the other and returns how late each datagram was that arrived.
async function exchange(over: Network, from: Machine, to: Machine): Promise<number[]> {
  const receiver = start(over, to, ["receive", String(port)]);
  let heard = "";
  receiver.stdout.on("data", (bytes) => (heard += String(bytes)));
  await waitFor("the receiver", () => heard.startsWith("ready"), { withinMs: 10_000 });
  const sender = start(over, from, ["send", over.addressBetween(from, to, port)]);
  await once(sender, "exit");
  // The receiver ends by itself once nothing more comes.
  await once(receiver, "exit");
  return heard.split("\n").slice(1).filter(Boolean).map(Number);
}

function start(over: Network, machine: Machine, words: readonly string[]) {
  const [first = "", ...more] = [...over.launcherOf(machine), process.execPath, program, ...words];
  return spawn(first, more, { stdio: ["ignore", "pipe", "inherit"] });
}

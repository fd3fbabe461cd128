// Machines as network namespaces. This process is in a namespace of its own already (place.ts),
// from which it makes theirs, so that nothing of the machine it runs on is touched. A namespace
// lasts as long as the processes in it: nothing is left to remove, whatever ends this one.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { waitFor } from "@hot-backup/testbed/wait.ts";
import { type Machine, machines, type Network } from "./network.ts";
import { openWire } from "./wire.ts";

/** Two networks: an outer one, straight to this process, and an inner one, over the wire. */
const outerAddress = (machine: Machine) => `10.99.${numberOf(machine)}.1`;
const hubAddress = (machine: Machine) => `10.99.${numberOf(machine)}.254`;
const innerAddress = (machine: Machine) => `10.98.0.${numberOf(machine)}`;

/** Where this process takes mail from every machine. */
const ownHost = "10.97.0.1";

const readyWithinMs = 10_000;

/** Makes the namespaces and the wire between them. Needs place.ts to have found them possible. */
export async function openNamespaces(): Promise<Network> {
  await using opened = new AsyncDisposableStack();
  runIp(["link set lo up", `address replace ${ownHost}/32 dev lo`]);
  const holders = new Map<Machine, ChildProcess>();
  for (const machine of machines) {
    // Ends when its input does, and its namespace with it.
    const holder = spawn("unshare", ["--net", "--", "cat"], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    opened.defer(() => void holder.kill("SIGKILL"));
    holders.set(machine, holder);
    await waitFor(`the namespace of ${machine}`, () => isApart(holder.pid ?? 0), {
      withinMs: readyWithinMs,
    });
  }
  const pidOf = (machine: Machine) => holders.get(machine)?.pid ?? 0;
  for (const machine of machines) {
    connect(machine, pidOf(machine));
    // The namespace takes its end along, but only when the kernel comes to it.
    opened.defer(() => runIp([`link delete ${machine}`]));
  }
  const wire = opened.use(await openWire("packet-wire.ts", machines.map(outerAddress)));
  const kept = opened.move();
  return {
    kind: "namespaces",
    listenOn: (port) => `0.0.0.0:${port}`,
    addressBetween: (from, to, port) =>
      from === to ? `127.0.0.1:${port}` : `${innerAddress(to)}:${port}`,
    addressOf: (machine, port) => `${outerAddress(machine)}:${port}`,
    ownAddress: (port) => `${ownHost}:${port}`,
    launcherOf: (machine) => enter(pidOf(machine)),
    set: wire.set,
    lossCounts: wire.lossCounts,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function enter(pid: number): string[] {
  return ["nsenter", `--net=/proc/${pid}/ns/net`, "--"];
}

function isApart(pid: number): boolean {
  return readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync("/proc/self/ns/net");
}

function connect(machine: Machine, pid: number): void {
  const number = numberOf(machine);
  runIp([
    `link add ${machine} type veth peer name outside netns ${pid}`,
    `address add ${hubAddress(machine)}/24 dev ${machine}`,
    `link set ${machine} up`,
  ]);
  const tunnel = `id 7 local ${outerAddress(machine)} remote ${hubAddress(machine)} dstport 4789`;
  // Small packets, one in each datagram: the wire takes them apart one by one.
  const shape = `address ${macOf(number)} mtu 1400 gso_max_segs 1`;
  const others = machines.filter((each) => each !== machine);
  runIp(
    [
      "link set lo up",
      `address add ${outerAddress(machine)}/24 dev outside`,
      "link set outside up",
      `route add ${ownHost}/32 via ${hubAddress(machine)}`,
      `link add wire ${shape} type vxlan ${tunnel} nolearning`,
      `address add ${innerAddress(machine)}/24 dev wire`,
      "link set wire up",
      // Known beforehand: nobody has to ask, and no question can be lost.
      ...others.map((each) => {
        return `neighbour add ${innerAddress(each)} lladdr ${macOf(numberOf(each))} dev wire`;
      }),
    ],
    enter(pid),
  );
}

function numberOf(machine: Machine): number {
  return machines.indexOf(machine) + 1;
}

function macOf(number: number): string {
  return `02:00:00:00:00:0${number}`;
}

/** Runs commands of ip, all in one process. Throws with what ip says. */
function runIp(commands: readonly string[], launcher: readonly string[] = []): void {
  const [program, ...words] = [...launcher, "ip", "-batch", "-"];
  execFileSync(program, words, {
    input: `${commands.join("\n")}\n`,
    stdio: ["pipe", "ignore", "pipe"],
  });
}

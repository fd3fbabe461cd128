// Machines in name only: everything runs here, and a proxy stands in every way from one machine to
// another.

import { chooseFreePorts } from "@hot-backup/testbed/ports.ts";
import type { Machine, Network } from "./network.ts";
import { openWire } from "./wire.ts";

/** A way from a machine to a port of another. */
export interface Way {
  readonly from: Machine;
  readonly to: Machine;
  readonly port: number;
}

/** Opens a proxy in each of the ways; others there are not. */
export async function openProxies(ways: readonly Way[]): Promise<Network> {
  const ports = await chooseFreePorts(ways.length);
  const proxies = ways.map((way, index) => ({ ...way, listen: ports[index] ?? 0 }));
  const words = proxies.map(({ from, to, listen, port }) => `${from}:${to}:${listen}:${port}`);
  const wire = await openWire("stream-wire.ts", words);
  const here = (port: number) => `127.0.0.1:${port}`;
  return {
    kind: "proxy",
    listenOn: here,
    addressBetween: (from, to, port) => {
      if (from === to) return here(port);
      const found = proxies.find((each) => {
        return each.from === from && each.to === to && each.port === port;
      });
      if (found === undefined) throw new Error(`There is no way from ${from} to ${to}:${port}`);
      return here(found.listen);
    },
    addressOf: (_machine, port) => here(port),
    ownAddress: here,
    launcherOf: () => [],
    set: wire.set,
    lossCounts: wire.lossCounts,
    [Symbol.asyncDispose]: () => {
      wire[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

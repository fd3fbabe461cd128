// Faults of the network: cuts of one direction or both, delay, loss, calls that come twice, and
// connections that are reset.

import type { Link } from "../kernel/network.ts";
import type { Machine } from "../kernel/machine.ts";
import { type Fault, type Strike, tellFault } from "./fault.ts";

export const networkFaults: readonly Fault[] = [
  {
    kind: "partition",
    weight: 4,
    lastsMs: [100, 9000],
    begin: (strike) => {
      const [one, other] = pickPair(strike);
      tellFault(strike, "partition", `${one.name} and ${other.name}`);
      return onLinks(strike, both(one, other), (link) => {
        link.isCut = true;
      });
    },
  },
  {
    kind: "one_way_partition",
    weight: 4,
    lastsMs: [100, 9000],
    begin: (strike) => {
      const [from, to] = pickPair(strike);
      tellFault(strike, "one-way partition", `nothing from ${from.name} reaches ${to.name}`);
      return onLinks(strike, [[from, to]], (link) => {
        link.isCut = true;
      });
    },
  },
  {
    kind: "delay",
    weight: 2,
    lastsMs: [500, 8000],
    begin: (strike) => {
      const [from, to] = pickPair(strike);
      const extraDelayMs = strike.random.between(20, 900);
      tellFault(strike, "delay", `up to ${extraDelayMs.toFixed(0)} ms to ${to.name}`);
      return onLinks(strike, [[from, to]], (link) => {
        link.extraDelayMs = extraDelayMs;
      });
    },
  },
  {
    kind: "dying_link",
    weight: 3,
    lastsMs: [2000, 9000],
    begin: (strike) => {
      const [one, other] = pickPair(strike);
      const { random, world } = strike;
      tellFault(strike, "dying link", `slow between ${one.name} and ${other.name}, then cut`);
      const slow = random.happens(0.5) ? [[one, other] as const] : both(one, other);
      const extraDelayMs = random.between(200, 1500);
      const healSlow = onLinks(strike, slow, (link) => {
        link.extraDelayMs = extraDelayMs;
      });
      let healCut = () => {};
      const cut = world.schedule.after(random.between(100, 1900), () => {
        healCut = onLinks(strike, both(one, other), (link) => {
          link.isCut = true;
        });
      });
      return () => {
        cut.cancel();
        healSlow();
        healCut();
      };
    },
  },
  {
    kind: "loss",
    weight: 2,
    lastsMs: [500, 8000],
    begin: (strike) => {
      const [one, other] = pickPair(strike);
      const loss = strike.random.between(0.05, 0.4);
      tellFault(strike, "loss", `${(loss * 100).toFixed(0)} % with ${other.name}`);
      return onLinks(strike, both(one, other), (link) => {
        link.loss = loss;
      });
    },
  },
  {
    kind: "duplication",
    weight: 2,
    lastsMs: [2000, 15_000],
    begin: (strike) => {
      const [one, other] = pickPair(strike);
      tellFault(strike, "duplication", `calls between ${one.name} and ${other.name}`);
      return onLinks(strike, both(one, other), (link) => {
        link.duplication = 0.5;
      });
    },
  },
  {
    kind: "reset",
    weight: 2,
    lastsMs: [0, 0],
    begin: (strike) => {
      tellFault(strike, "reset", "all streams");
      for (const stream of strike.world.streams) stream.reset();
      strike.world.streams.clear();
      return undefined;
    },
  },
];

// Between a watched server and its monitor, or between that and its target: no other messages go
// over the network.
function pickPair({ cast, random }: Strike): readonly [Machine, Machine] {
  const { heartbeat, monitor, target } = random.pick(cast.watchings);
  const here = monitor.process.machine;
  const isTargetAway = target.process.machine !== here;
  const other = isTargetAway && random.happens(0.5) ? target : heartbeat;
  const there = other.process.machine;
  return random.happens(0.5) ? [there, here] : [here, there];
}

function both(one: Machine, other: Machine): readonly (readonly [Machine, Machine])[] {
  return [
    [one, other],
    [other, one],
  ];
}

function onLinks(
  { cast }: Strike,
  ways: readonly (readonly [Machine, Machine])[],
  change: (link: Link) => void,
): () => void {
  const links = ways.map(([from, to]) => cast.network.link(from, to));
  for (const link of links) change(link);
  return () => {
    for (const link of links) cast.network.heal(link);
  };
}

// The network between machines: cut in both directions or one; or bad: 20 % loss, up to 200 ms
// late.

import type { ChaosBed } from "../chaos-bed.ts";
import { type Link, type Machine, machines, perfectLink } from "../network/network.ts";
import type { Fault, Stroke } from "./fault.ts";

const cut: Link = { isCut: true, lossPercent: 0, delayMsMax: 0 };
export const bad: Link = { isCut: false, lossPercent: 20, delayMsMax: 200 };

export const networkFaults: readonly Fault[] = [
  { weight: 3, draw: () => onLinks("partition", cut, () => true) },
  { weight: 3, draw: () => onLinks("primary cut off", cut, touchesPrimary) },
  { weight: 3, draw: () => onLinks("primary unheard", cut, ({ from }) => from === "primary") },
  { weight: 3, draw: () => onLinks("primary deaf", cut, ({ to }) => to === "primary") },
  { weight: 1, draw: () => onLinks("backup unheard", cut, ({ from }) => from === "backup") },
  { weight: 1, draw: () => onLinks("backup deaf", cut, ({ to }) => to === "backup") },
  { weight: 6, draw: () => onLinks("loss and jitter", bad, () => true) },
];

/** Directions between two machines. */
interface Direction {
  readonly from: Machine;
  readonly to: Machine;
}

const directions: readonly Direction[] = machines.flatMap((from) =>
  machines.filter((to) => to !== from).map((to) => ({ from, to })),
);

function touchesPrimary({ from, to }: Direction): boolean {
  return from === "primary" || to === "primary";
}

/** All is well again, whatever was done before. */
export function mendNetwork(bed: ChaosBed): void {
  for (const { from, to } of directions) bed.network.set(from, to, perfectLink);
}

function onLinks(kind: string, link: Link, isMeant: (direction: Direction) => boolean): Stroke {
  const meant = directions.filter(isMeant);
  return {
    kind,
    begin: (bed) => {
      for (const { from, to } of meant) bed.network.set(from, to, link);
    },
    end: (bed) => {
      for (const { from, to } of meant) bed.network.set(from, to, perfectLink);
    },
  };
}

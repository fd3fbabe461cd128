// What a wire, the process between the machines, is told and tells, over the channel that node
// gives a forked process. And the fate of one packet.

import { z } from "zod";
import { type Link, type LossCounts, machines, perfectLink } from "./network.ts";

const machine = z.enum(machines);

/** What a wire is told. */
const order = z.union([
  z.object({
    order: z.literal("set"),
    from: machine,
    to: machine,
    link: z.object({ isCut: z.boolean(), lossPercent: z.number(), delayMsMax: z.number() }),
  }),
  z.object({ order: z.literal("count") }),
]);
export type WireOrder = z.infer<typeof order>;

/** What a wire tells: that it works, or its counts. */
export const wireNews = z.union([
  z.object({ news: z.literal("ready") }),
  z.object({
    news: z.literal("counts"),
    offered: z.number(),
    lost: z.number(),
    delayMs: z.number(),
  }),
]);
export type WireNews = z.infer<typeof wireNews>;

/** The links of a wire, moved by orders of the process that forked it. It ends with that one. */
export class WireLinks {
  readonly #links = new Map<string, Link>();
  #counts: LossCounts = { offered: 0, lost: 0, delayMs: 0 };

  constructor() {
    process.on("message", (message) => this.#follow(order.parse(message)));
    process.on("disconnect", () => process.exit());
  }

  link(from: string, to: string): Link {
    return this.#links.get(`${from} ${to}`) ?? perfectLink;
  }

  /** By how many milliseconds the next packet is late; undefined: it does not arrive. */
  fate(from: string, to: string): number | undefined {
    const { isCut, lossPercent, delayMsMax } = this.link(from, to);
    if (isCut) return undefined;
    if (lossPercent === 0 && delayMsMax === 0) return 0;
    const isLost = Math.random() * 100 < lossPercent;
    const lateMs = isLost ? 0 : Math.random() * delayMsMax;
    const { offered, lost, delayMs } = this.#counts;
    this.#counts = { offered: offered + 1, lost: lost + Number(isLost), delayMs: delayMs + lateMs };
    return isLost ? undefined : lateMs;
  }

  tell(news: WireNews): void {
    process.send?.(news);
  }

  #follow(given: WireOrder): void {
    if (given.order === "set") this.#links.set(`${given.from} ${given.to}`, given.link);
    else this.tell({ news: "counts", ...this.#counts });
  }
}

// The network between machines: each direction of each pair has its own delay, loss and cuts. What
// cannot go through waits like the segments of TCP, and goes through when the cut is healed.

import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

/** One direction between two machines. */
export interface Link {
  isCut: boolean;
  /** Added to the usual delay, at most. */
  extraDelayMs: number;
  /** Part of the messages that have to be sent again. */
  loss: number;
  /** Part of the calls that arrive twice. */
  duplication: number;
  /** What waits for the end of a cut, in order. */
  readonly waiting: (() => void)[];
}

/** Usual delays, in milliseconds. */
const delays = {
  local: { min: 0.05, max: 0.4 },
  remote: { min: 0.2, max: 2 },
  /** TCP sends again what was lost. */
  again: { min: 200, max: 900 },
} as const;

/** How long after the end of a cut TCP tries again: its pauses have grown meanwhile. */
const retryAfterCutMs = 600;

/** Longest way of a call's second copy. */
const duplicateDelayMs = 3000;

export class Network {
  readonly schedule: Schedule;
  readonly random: Random;
  /** How often a message was lost, and how often a call came twice. */
  readonly tally = { lost: 0, duplicated: 0 };
  readonly #links = new Map<Machine, Map<Machine, Link>>();

  constructor(schedule: Schedule, random: Random) {
    this.schedule = schedule;
    this.random = random;
  }

  link(from: Machine, to: Machine): Link {
    let ways = this.#links.get(from);
    if (ways === undefined) this.#links.set(from, (ways = new Map<Machine, Link>()));
    let link = ways.get(to);
    if (link === undefined) {
      link = { isCut: false, extraDelayMs: 0, loss: 0, duplication: 0, waiting: [] };
      ways.set(to, link);
    }
    return link;
  }

  /** Whether a message could go through now, without regard to what runs at its end. */
  isOpen(from: Machine, to: Machine): boolean {
    return from === to || !this.link(from, to).isCut;
  }

  /** Whether both directions are as good as ever. */
  isSound(one: Machine, other: Machine): boolean {
    if (one === other) return true;
    return [this.link(one, other), this.link(other, one)].every(
      ({ isCut, extraDelayMs, loss }) => !isCut && extraDelayMs === 0 && loss === 0,
    );
  }

  heal(link: Link): void {
    link.isCut = false;
    link.extraDelayMs = 0;
    link.loss = 0;
    link.duplication = 0;
    const afterMs = this.random.between(0, retryAfterCutMs);
    for (const deliver of link.waiting.splice(0)) this.schedule.after(afterMs, deliver);
  }

  /** How long a message takes now. */
  delayMs(from: Machine, to: Machine): number {
    const { random } = this;
    if (from === to) return random.between(delays.local.min, delays.local.max);
    const { extraDelayMs, loss } = this.link(from, to);
    let delayMs = random.between(delays.remote.min, delays.remote.max);
    if (extraDelayMs > 0) delayMs += extraDelayMs * random.next();
    if (loss > 0 && random.happens(loss)) {
      this.tally.lost += 1;
      delayMs += random.between(delays.again.min, delays.again.max);
    }
    return delayMs;
  }

  /** Carries something from one machine to another, now or after the cut that is in the way. */
  carry(from: Machine, to: Machine, deliver: () => void): void {
    const pass = () => {
      if (!this.isOpen(from, to)) this.link(from, to).waiting.push(pass);
      else deliver();
    };
    if (this.isOpen(from, to)) this.schedule.after(this.delayMs(from, to), pass);
    else this.link(from, to).waiting.push(pass);
  }

  /** Delay of the second copy of a call, or undefined: it comes once. */
  duplicateDelayMs(from: Machine, to: Machine): number | undefined {
    if (from === to) return undefined;
    const { duplication } = this.link(from, to);
    if (duplication === 0 || !this.random.happens(duplication)) return undefined;
    this.tally.duplicated += 1;
    return this.random.between(0, duplicateDelayMs);
  }
}

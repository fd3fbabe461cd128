// Faults that lie in wait: they strike just after something has been decided, when the old and the
// new overlap. A fault at a random instant seldom meets those moments.

import type { Checker, Fact } from "../fact.ts";
import type { Random } from "../kernel/random.ts";
import type { Schedule } from "../kernel/schedule.ts";

/** How soon one strikes after the moment it waited for. */
const afterMs = { min: 0, max: 500 } as const;
/** Part of the moments that one of them takes. */
const share = 0.5;

/** An onlooker, like a checker, that springs what lies in wait. */
export class Ambush implements Checker {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  /** Strikes at one of the next moments worth it. Perhaps never. */
  lay(strike: () => void): void {
    this.#waiting.push(strike);
  }

  note(fact: Fact): void {
    const isMoment = fact.kind === "signal_recorded" || fact.kind === "program_began";
    if (!isMoment || this.#waiting.length === 0 || !this.#random.happens(share)) return;
    const strike = this.#waiting.shift();
    if (strike === undefined) return;
    this.#schedule.after(this.#random.between(afterMs.min, afterMs.max), strike);
  }

  conclude(): void {}
}

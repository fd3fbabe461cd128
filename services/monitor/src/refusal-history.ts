// Refusals in the history of a server: who wanted what, and why not. Whoever is refused may ask
// again at once and for ever, so that only the first of its kind is a line, and costs a commit;
// what follows within an hour is counted, and told in one line when the hour is over.

import type { Actor } from "./core/run-record.ts";
import type { MonitorParts } from "./parts.ts";
import type { HistoryEntry, Timer } from "./ports.ts";

/** How long refusals of one kind are one line. */
const hourMs = 3_600_000;

/** Kinds that one server may have in an hour, and all servers together. More are only counted. */
const serverKindsMax = 4;
const kindsMax = 60;

/** Somebody was refused something. */
export interface Refused {
  readonly serverId: string;
  readonly term: bigint;
  /** What was wanted, and why not, in one line. */
  readonly text: string;
  /** The reason as the caller got it. */
  readonly refusal: string;
  readonly actor: Actor | undefined;
  readonly evidence: string;
}

/** The refusals of one server in this hour. */
interface Tally {
  readonly kinds: Set<string>;
  /** Those without a line, by reason. */
  readonly counted: Map<string, number>;
  term: bigint;
}

type RefusalParts = Pick<MonitorParts, "clock" | "journal" | "log" | "timers">;

/** Must be disposed: what was only counted is told then. */
export class RefusalHistory implements Disposable {
  readonly #parts: RefusalParts;
  /** By server id: bounded by the servers that are watched. */
  readonly #tallies = new Map<string, Tally>();
  #kindCount = 0;
  #timer: Timer | undefined;

  constructor(parts: RefusalParts) {
    this.#parts = parts;
  }

  /** To be called for servers that are watched, only. */
  note(refused: Refused): void {
    const { serverId, term, refusal, actor } = refused;
    this.#timer ??= this.#parts.timers.after(hourMs, () => this.#tellCounted());
    const tally = this.#tallies.get(serverId) ?? newTally(term);
    this.#tallies.set(serverId, tally);
    tally.term = term;
    const kind = JSON.stringify([refusal, actor?.name]);
    const hasRoom = tally.kinds.size < serverKindsMax && this.#kindCount < kindsMax;
    if (tally.kinds.has(kind) || !hasRoom) {
      tally.counted.set(refusal, (tally.counted.get(refusal) ?? 0) + 1);
      return;
    }
    tally.kinds.add(kind);
    this.#kindCount += 1;
    this.#store([{ ...refused, wallMs: this.#parts.clock.wallMs() }]);
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#tellCounted();
  }

  #tellCounted(): void {
    const wallMs = this.#parts.clock.wallMs();
    const lines = [...this.#tallies].flatMap(([serverId, { counted, term }]) =>
      counted.size === 0 ? [] : [countedLine({ serverId, term, wallMs }, counted)],
    );
    this.#tallies.clear();
    this.#kindCount = 0;
    this.#timer = undefined;
    if (lines.length > 0) this.#store(lines);
  }

  #store(history: readonly HistoryEntry[]): void {
    const { journal, log } = this.#parts;
    try {
      journal.commit({ servers: [], signals: [], runs: [], history });
    } catch (error) {
      // The caller has its answer, whatever becomes of the line about it.
      log.warn({ err: error }, "Cannot note a refusal");
    }
  }
}

function newTally(term: bigint): Tally {
  return { kinds: new Set(), counted: new Map(), term };
}

function countedLine(
  of: Pick<HistoryEntry, "serverId" | "term" | "wallMs">,
  counted: ReadonlyMap<string, number>,
): HistoryEntry {
  const [first] = counted.keys();
  const counts = [...counted].map(([refusal, count]) => `${refusal} ${count} times`);
  const text = `Refused again within an hour: ${counts.join(", ")}`;
  return { ...of, text, actor: undefined, evidence: "", refusal: first ?? "" };
}

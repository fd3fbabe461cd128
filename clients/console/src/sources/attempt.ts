// One attempt to hear a source: it lasts until the source breaks off, or says nothing for too long.

import { inPlainWords } from "@hot-backup/client/plain-words.ts";

/** A source while it is connected. */
export interface Link {
  /** Aborts when this attempt is over. */
  readonly signal: AbortSignal;
  /** The service has said something. */
  heard(): void;
  /** All that the service knows has been taken in: what the board has of it is true. */
  caughtUp(): void;
}

/**
 * A source is down when it has been silent for so long. Each one says something at least every 300
 * ms, or answers a question of that age within 600 ms.
 */
const silentAfterMs = 950;

/** How long a first word may take: a connection, a handshake, a list of everything. */
const firstWordMs = 3000;

/** A timer that comes so late was kept by the gateway itself: what waits is read first. */
const ownStallMs = 200;

/** What an attempt tells while it lasts. */
interface Observer {
  readonly nowMs: () => number;
  /** Aborts when the attempt shall end. */
  readonly stop: AbortSignal;
  onHeard(heardAtMs: number): void;
  onUp(): void;
}

/** Follows a source once. Resolves with what went wrong, in one line; never rejects. */
export async function attempt(
  follow: (link: Link) => Promise<unknown>,
  observer: Observer,
): Promise<string> {
  const watch = new SilenceWatch(observer);
  const end = () => watch.end();
  observer.stop.addEventListener("abort", end, { once: true });
  try {
    await follow(watch.link);
    return watch.silence ?? "it has ended the connection";
  } catch (error) {
    return watch.silence ?? inPlainWords(error instanceof Error ? error.message : String(error));
  } finally {
    observer.stop.removeEventListener("abort", end);
    end();
  }
}

/** Ends the link of an attempt when nothing is heard on it. */
class SilenceWatch {
  readonly link: Link;
  /** Why it was ended. Undefined: not because of silence. */
  silence: string | undefined;
  readonly #observer: Observer;
  readonly #over = new AbortController();
  #heardAtMs: number;
  #isUp = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(observer: Observer) {
    this.#observer = observer;
    this.#heardAtMs = observer.nowMs();
    this.link = {
      signal: this.#over.signal,
      heard: () => this.#hear(),
      caughtUp: () => this.#catchUp(),
    };
    this.#wait(firstWordMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#over.abort();
  }

  #hear(): void {
    this.#heardAtMs = this.#observer.nowMs();
    this.#observer.onHeard(this.#heardAtMs);
  }

  #catchUp(): void {
    this.#hear();
    if (this.#isUp || this.#over.signal.aborted) return;
    this.#isUp = true;
    this.#observer.onUp();
    clearTimeout(this.#timer);
    this.#wait(silentAfterMs);
  }

  #wait(leftMs: number): void {
    const dueMs = this.#observer.nowMs() + leftMs;
    this.#timer = setTimeout(() => this.#look(dueMs), leftMs);
  }

  #look(dueMs: number): void {
    const nowMs = this.#observer.nowMs();
    const patienceMs = this.#isUp ? silentAfterMs : firstWordMs;
    const isOwnStall = nowMs - dueMs > ownStallMs;
    const leftMs = isOwnStall ? ownStallMs : this.#heardAtMs + patienceMs - nowMs;
    if (leftMs > 0) {
      this.#wait(leftMs);
      return;
    }
    this.silence = this.#isUp
      ? `it has been silent for ${patienceMs} ms`
      : `it has not answered in ${patienceMs} ms`;
    this.end();
  }
}

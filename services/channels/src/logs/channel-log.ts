// The output of channels in files: one line per line, with time and source; rotated at a size, one
// older file kept. A writer waits until its lines are in the file, so that a chatty channel is
// slowed down and never fills memory.

import { mkdir, open, rename } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "@hot-backup/kit/errors.ts";
import type { ChannelLog, ChannelLogs, LogLine } from "../ports.ts";
import { LineSplitter } from "./line-splitter.ts";
import { printLines, readTail } from "./log-file.ts";

/** Lines that a failure shows. */
const lastLinesMax = 20;

/** Lines that are taken before the event loop gets its turn: less than a millisecond of work. */
const linesPerTurn = 500;

/**
 * What a channel may write, in bytes. A line costs more than its bytes: without that, empty lines
 * would keep this process busy while they cost the channel nothing. A channel that has used up its
 * burst is slowed down to the rate: it waits in its own pipe.
 */
const allowance = { bytesPerMs: 4_096, burstMs: 1_000, lineBytes: 128 } as const;

/** Most readers that follow one log. */
const followersMax = 64;

export interface LogOptions {
  readonly folder: string;
  /** Size at which a file is rotated. Two are kept at most. */
  readonly bytesMax: number;
  readonly wallMs: () => number;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Told when output could not be written; it is lost then, and the channel runs on. */
  readonly onLost: (error: unknown) => void;
}

/** The logs of all channels, each opened when it is first needed. */
export function openChannelLogs(options: LogOptions): ChannelLogs {
  const logs = new Map<string, FileLog>();
  return {
    of: (name) => {
      const log = logs.get(name) ?? new FileLog(name, options);
      logs.set(name, log);
      return log;
    },
    retire: async (name) => {
      const log = logs.get(name);
      if (log?.hasFollowers === false) logs.delete(name);
      await log?.close();
    },
    close: async () => {
      await Promise.all([...logs.values()].map((log) => log.close()));
    },
  };
}

type Follower = (lines: readonly LogLine[]) => void;

class FileLog implements ChannelLog {
  readonly #file: string;
  readonly #options: LogOptions;
  readonly #splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  readonly #followers = new Set<Follower>();
  #lastLines: string[] = [];
  #handle: FileHandle | undefined;
  #sizeBytes = 0;
  #takenBytes = 0;
  #paidUpToMs = -Infinity;
  // Writes and reads of one file take turns.
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, options: LogOptions) {
    this.#file = join(options.folder, `${name}.log`);
    this.#options = options;
  }

  get hasFollowers(): boolean {
    return this.#followers.size > 0;
  }

  get takenBytes(): number {
    return this.#takenBytes;
  }

  async write(source: "stdout" | "stderr", bytes: Buffer): Promise<void> {
    this.#takenBytes += bytes.length;
    const atMs = this.#options.wallMs();
    let lines: LogLine[] = [];
    let count = 0;
    for (const text of this.#splitters[source].push(bytes)) {
      lines.push({ atMs, source, text });
      count += 1;
      if (lines.length < linesPerTurn) continue;
      await this.#append(lines);
      lines = [];
    }
    await this.#append(lines);
    await this.#slowDown(bytes.length + count * allowance.lineBytes);
  }

  note(text: string): void {
    void this.#append([{ atMs: this.#options.wallMs(), source: "service", text }]);
  }

  endLines(): void {
    const atMs = this.#options.wallMs();
    for (const source of ["stdout", "stderr"] as const) {
      const texts = this.#splitters[source].end();
      void this.#append(texts.map((text) => ({ atMs, source, text })));
    }
  }

  lastLines(): readonly string[] {
    return this.#lastLines;
  }

  read(
    tailLines: number,
    follow?: { onLines: Follower; signal: AbortSignal },
  ): Promise<readonly LogLine[]> {
    if (follow !== undefined && this.#followers.size >= followersMax) {
      const message = `Cannot follow the log: ${followersMax} others do already`;
      return Promise.reject(new Failure("exhausted", { message, reason: "TOO_MANY_LISTENERS" }));
    }
    return this.#inTurn(async () => {
      const { lines, isComplete } = await readTail(this.#file, tailLines);
      const older = isComplete
        ? await readTail(`${this.#file}.1`, tailLines - lines.length)
        : undefined;
      // In the same turn: no line is missed, none comes twice.
      if (follow !== undefined && !follow.signal.aborted) {
        this.#followers.add(follow.onLines);
        const leave = () => this.#followers.delete(follow.onLines);
        follow.signal.addEventListener("abort", leave, { once: true });
      }
      return [...(older?.lines ?? []), ...lines];
    });
  }

  async close(): Promise<void> {
    this.endLines();
    await this.#inTurn(async () => {
      await this.#handle?.close();
      this.#handle = undefined;
    });
  }

  async #append(lines: readonly LogLine[]): Promise<void> {
    if (lines.length === 0) return;
    const output = lines.slice(-lastLinesMax).filter(({ source }) => source !== "service");
    const texts = output.map(({ text }) => text);
    this.#lastLines = [...this.#lastLines, ...texts].slice(-lastLinesMax);
    await this.#inTurn(() => this.#store(lines)).catch(this.#options.onLost);
  }

  // A token bucket, as the instant up to which what was written is paid for.
  async #slowDown(bytes: number): Promise<void> {
    const nowMs = this.#options.nowMs();
    const paidMs = Math.max(this.#paidUpToMs, nowMs - allowance.burstMs);
    this.#paidUpToMs = paidMs + bytes / allowance.bytesPerMs;
    if (this.#paidUpToMs > nowMs) await pause(this.#paidUpToMs - nowMs);
  }

  async #store(lines: readonly LogLine[]): Promise<void> {
    const bytes = Buffer.from(printLines(lines));
    const handle = await this.#openFor(bytes.length);
    await handle.appendFile(bytes);
    this.#sizeBytes += bytes.length;
    for (const tell of this.#followers) tell(lines);
  }

  async #openFor(bytes: number): Promise<FileHandle> {
    if (this.#handle !== undefined && this.#sizeBytes + bytes <= this.#options.bytesMax) {
      return this.#handle;
    }
    if (this.#handle === undefined) {
      await mkdir(this.#options.folder, { recursive: true });
    } else {
      await this.#handle.close();
      this.#handle = undefined;
      await rename(this.#file, `${this.#file}.1`);
    }
    this.#handle = await open(this.#file, "a");
    this.#sizeBytes = (await this.#handle.stat()).size;
    return this.#handle;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

// The output of channels in files: one line per line, with time and source; rotated at a size, one
// older file kept. A writer waits until its lines are in the file, so that a chatty channel is
// slowed down and never fills memory.

import { closeSync, fstatSync, openSync, read as readCallback } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { ChannelLog, ChannelLogs, LogLine } from "../ports.ts";
import { LineSplitter } from "./line-splitter.ts";

const read = promisify(readCallback);

/** Lines that a failure shows. */
const lastLinesMax = 20;

/**
 * A writer that fills pieces of 64 KiB one after the other waits this long between two: at most 13
 * MB a second.
 */
const chattyPauseMs = 20;
const chattyBytes = 32_768;

export interface LogOptions {
  readonly folder: string;
  /** Size at which a file is rotated. Two are kept at most. */
  readonly bytesMax: number;
  readonly wallMs: () => number;
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
  // Writes and reads of one file take turns.
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, options: LogOptions) {
    this.#file = join(options.folder, `${name}.log`);
    this.#options = options;
  }

  async write(source: "stdout" | "stderr", bytes: Buffer): Promise<void> {
    await this.#append(source, this.#splitters[source].push(bytes));
    if (bytes.length >= chattyBytes) await pause(chattyPauseMs);
  }

  endLines(): void {
    for (const source of ["stdout", "stderr"] as const) {
      void this.#append(source, this.#splitters[source].end());
    }
  }

  lastLines(): readonly string[] {
    return this.#lastLines;
  }

  read(
    tailLines: number,
    follow?: { onLines: Follower; signal: AbortSignal },
  ): Promise<readonly LogLine[]> {
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

  async #append(source: LogLine["source"], texts: readonly string[]): Promise<void> {
    if (texts.length === 0) return;
    this.#lastLines = [...this.#lastLines, ...texts.slice(-lastLinesMax)].slice(-lastLinesMax);
    const atMs = this.#options.wallMs();
    const lines = texts.map((text): LogLine => ({ atMs, source, text }));
    await this.#inTurn(() => this.#store(lines)).catch(this.#options.onLost);
  }

  async #store(lines: readonly LogLine[]): Promise<void> {
    const bytes = Buffer.from(lines.map(printLine).join(""));
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

function printLine({ atMs, source, text }: LogLine): string {
  return `${new Date(atMs).toISOString()} ${source} ${text}\n`;
}

function parseLine(line: string): LogLine | undefined {
  const match = /^(\S+) (stdout|stderr|service) (.*)$/s.exec(line);
  const atMs = Date.parse(match?.[1] ?? "");
  const source = match?.[2];
  if (Number.isNaN(atMs)) return undefined;
  if (source !== "stdout" && source !== "stderr" && source !== "service") return undefined;
  return { atMs, source, text: match?.[3] ?? "" };
}

const blockBytes = 65_536;

/** The last lines of a file, read from its end; `isComplete` when the whole file was needed. */
async function readTail(
  file: string,
  linesMax: number,
): Promise<{ lines: LogLine[]; isComplete: boolean }> {
  const descriptor = openIfThere(file);
  if (descriptor === undefined || linesMax <= 0) return { lines: [], isComplete: linesMax > 0 };
  try {
    let position = fstatSync(descriptor).size;
    const blocks: Buffer[] = [];
    let newlines = 0;
    // One line end more than lines: the first line of what was read is whole.
    while (position > 0 && newlines <= linesMax) {
      const length = Math.min(blockBytes, position);
      position -= length;
      const { buffer } = await read(descriptor, Buffer.alloc(length), 0, length, position);
      for (const byte of buffer) if (byte === 0x0a) newlines += 1;
      blocks.unshift(buffer);
    }
    const texts = Buffer.concat(blocks).toString("utf8").split("\n").slice(0, -1);
    const lines = texts.slice(-linesMax).flatMap((text) => parseLine(text) ?? []);
    return { lines, isComplete: texts.length < linesMax };
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

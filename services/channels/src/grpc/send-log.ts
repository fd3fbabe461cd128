// ReadChannelLog: the last lines of a log and then the new ones, as fast as the reader takes them
// and no faster. What waits for a slow reader is bounded.

import { Failure } from "@hot-backup/kit/errors.ts";
import type { Outlet } from "@hot-backup/kit/grpc-handlers.ts";
import type { ReadChannelLogResponse } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { toWireLogLine } from "../convert.ts";
import type { ChannelLog, LogLine } from "../ports.ts";

/** Lines in one message: at most a megabyte, below what clients take. */
const linesPerMessageMax = 100;

/** Most characters of new lines that wait for one reader. */
const waitingCharactersMax = 4 * 1024 * 1024;

/** Sends until everything is sent or, when the log is followed, the reader leaves. */
export async function sendLog(
  log: ChannelLog,
  what: { tail: number; isFollowed: boolean },
  outlet: Outlet<ReadChannelLogResponse>,
): Promise<void> {
  const news = new News(outlet.signal);
  const follow = { onLines: (lines: readonly LogLine[]) => news.add(lines), signal: outlet.signal };
  await send(outlet, await log.read(what.tail, what.isFollowed ? follow : undefined));
  while (what.isFollowed && !outlet.signal.aborted) await send(outlet, await news.take());
}

async function send(
  outlet: Outlet<ReadChannelLogResponse>,
  lines: readonly LogLine[],
): Promise<void> {
  for (let start = 0; start < lines.length; start += linesPerMessageMax) {
    if (outlet.signal.aborted) return;
    outlet.send({ lines: lines.slice(start, start + linesPerMessageMax).map(toWireLogLine) });
    await outlet.drained();
  }
}

/** New lines that wait until the reader has taken the older ones. */
class News {
  readonly #signal: AbortSignal;
  #lines: LogLine[] = [];
  #characters = 0;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  add(lines: readonly LogLine[]): void {
    // Beyond the bound nothing is kept: the reader is told at its next turn.
    if (this.#characters > waitingCharactersMax) return;
    for (const line of lines) this.#characters += line.text.length;
    this.#lines.push(...lines);
    this.#wake();
  }

  /** Resolves when there are lines, or the reader has left. Rejects when too many were waiting. */
  async take(): Promise<readonly LogLine[]> {
    if (this.#lines.length === 0 && !this.#signal.aborted) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#characters > waitingCharactersMax) {
      throw new Failure("exhausted", {
        message: "Cannot go on with the log: the reader is too far behind",
        reason: "SLOW_READER",
      });
    }
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    return lines;
  }
}

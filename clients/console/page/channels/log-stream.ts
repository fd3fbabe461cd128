// The output of one channel, followed: lines as signals, opened again when the stream breaks.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { LogEvent, LogLineView } from "../../src/view/channel.ts";
import { channelsApi } from "../gateway/api.ts";
import { readJson } from "../gateway/convert.ts";
import { appendLines, emptyLog, type LogBuffer } from "./log-buffer.ts";

/** Lines of the past that come first. */
const pastLines = 200;

const againMs = 2000;

export interface LogStream {
  readonly buffer: ReadonlySignal<LogBuffer>;
  readonly isOpen: ReadonlySignal<boolean>;
  close(): void;
}

export function openLogStream(server: string, name: string): LogStream {
  const buffer = signal(emptyLog);
  const isOpen = signal(false);
  const path = `${channelsApi(server)}/${encodeURIComponent(name)}/log?lines=${pastLines}`;
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  // Lines come in bursts: those of one frame are drawn together.
  let waiting: LogLineView[] = [];
  const draw = () => {
    buffer.value = appendLines(buffer.value, waiting);
    waiting = [];
  };
  const open = () => {
    // What was there before comes again.
    let isFirst = true;
    source = new EventSource(path);
    source.addEventListener("message", ({ data }: MessageEvent<string>) => {
      isOpen.value = true;
      if (isFirst) buffer.value = emptyLog;
      isFirst = false;
      const { lines } = readJson<LogEvent>(data);
      if (lines.length === 0) return;
      if (waiting.length === 0) requestAnimationFrame(draw);
      waiting.push(...lines);
    });
    source.addEventListener("error", () => {
      isOpen.value = false;
      source?.close();
      again = setTimeout(open, againMs);
    });
  };
  open();
  return {
    buffer,
    isOpen,
    close: () => {
      clearTimeout(again);
      source?.close();
    },
  };
}

// The lines of a log file: how one is written, and how the last ones are read from the end.

import { closeSync, fstatSync, openSync, read as readCallback } from "node:fs";
import { promisify } from "node:util";
import type { LogLine } from "../ports.ts";

const read = promisify(readCallback);

/** Lines as the file holds them. */
export function printLines(lines: readonly LogLine[]): string {
  let time = "";
  let timeOfMs: number | undefined;
  let text = "";
  for (const line of lines) {
    // Printing the time is most of the work, and lines of one piece have the same.
    if (line.atMs !== timeOfMs) time = new Date(line.atMs).toISOString();
    timeOfMs = line.atMs;
    text += `${time} ${line.source} ${line.text}\n`;
  }
  return text;
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
export async function readTail(
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

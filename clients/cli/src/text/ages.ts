// Spans of time and instants for people. Spans are always between two instants of one clock. Ages
// and what is left of something are told roughly, because they change while one reads; what was
// measured or is configured exactly, because it is compared.

import { toMilliseconds } from "@hot-backup/kit/duration.ts";
import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Two digits of what matters: "0.35 s", "12 s", "4 m 12 s", "3 h 5 m", "2 d 4 h". */
export function printSpan(spanMs: number): string {
  const ms = Math.max(0, spanMs);
  if (ms < secondMs) return `${(ms / secondMs).toFixed(2)} s`;
  if (ms < 10 * secondMs) return `${(ms / secondMs).toFixed(1)} s`;
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)} s`;
  if (ms < hourMs) return two(ms, { unitMs: minuteMs, unit: "m", restMs: secondMs, rest: "s" });
  if (ms < dayMs) return two(ms, { unitMs: hourMs, unit: "h", restMs: minuteMs, rest: "m" });
  return two(ms, { unitMs: dayMs, unit: "d", restMs: hourMs, rest: "h" });
}

function two(
  ms: number,
  { unitMs, unit, restMs, rest }: { unitMs: number; unit: string; restMs: number; rest: string },
): string {
  const more = Math.floor((ms % unitMs) / restMs);
  return `${Math.floor(ms / unitMs)} ${unit}${more === 0 ? "" : ` ${more} ${rest}`}`;
}

/** A span as it came; "-" for none. */
export function printDuration(duration: Duration | undefined): string {
  return duration === undefined ? "-" : printSpan(toMilliseconds(duration));
}

/** What was measured or is configured, to three digits: "850 ms", "1.25 s"; "-" for none. */
export function printTime(duration: Duration | undefined): string {
  if (duration === undefined) return "-";
  const ms = toMilliseconds(duration);
  if (Math.abs(ms) < 1000) return `${Number(ms.toPrecision(3))} ms`;
  return `${Number((ms / 1000).toPrecision(3))} s`;
}

/** From one instant to another of the same clock; "-" where one is missing. */
export function printBetween(from: Date | undefined, to: Date | undefined): string {
  return from === undefined || to === undefined ? "-" : printSpan(to.getTime() - from.getTime());
}

/** "2026-11-22 18:41:07Z": UTC, because servers and operators are where they are. */
export function printInstant(instant: Date | undefined): string {
  if (instant === undefined) return "-";
  return `${instant.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

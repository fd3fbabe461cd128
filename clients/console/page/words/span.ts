// Spans of time for people: two digits of what matters, of a steady width.

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** "0.35 s", "4.2 s", "12 s", "4 m 12 s", "3 h 5 m", "2 d 4 h". */
export function printSpan(spanMs: number): string {
  const ms = Math.max(0, spanMs);
  if (ms < secondMs) return `${(ms / secondMs).toFixed(2)} s`;
  if (ms < 10 * secondMs) return `${(ms / secondMs).toFixed(1)} s`;
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)} s`;
  if (ms < hourMs) return printTwo(ms, [minuteMs, "m", secondMs, "s"]);
  if (ms < dayMs) return printTwo(ms, [hourMs, "h", minuteMs, "m"]);
  return printTwo(ms, [dayMs, "d", hourMs, "h"]);
}

/** A configured length, without digits that say nothing: "750 ms", "1 s", "1.5 s", "10 m". */
export function printLength(lengthMs: number): string {
  if (lengthMs < secondMs) return `${Number(lengthMs.toPrecision(3))} ms`;
  if (lengthMs < minuteMs) return `${Number((lengthMs / secondMs).toFixed(2))} s`;
  return printSpan(lengthMs);
}

/** A round trip: "0.62 ms", "12 ms", "1.2 s". */
export function printRoundTrip(spanMs: number): string {
  if (spanMs < 10) return `${spanMs.toFixed(2)} ms`;
  return spanMs < secondMs ? `${Math.round(spanMs)} ms` : printSpan(spanMs);
}

function printTwo(
  ms: number,
  [unitMs, unit, restMs, rest]: readonly [number, string, number, string],
): string {
  const more = Math.floor((ms % unitMs) / restMs);
  return `${Math.floor(ms / unitMs)} ${unit}${more === 0 ? "" : ` ${more} ${rest}`}`;
}

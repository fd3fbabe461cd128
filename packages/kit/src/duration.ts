// Milliseconds in the program, google.protobuf.Duration on the wire. The only place that converts.

import type { Duration } from "@hot-backup/proto/google/protobuf/duration.ts";

/** Milliseconds (finite, either sign, fractions down to a nanosecond) to a protobuf Duration. */
export function toDuration(milliseconds: number): Duration {
  const seconds = Math.trunc(milliseconds / 1000);
  const nanos = Math.round((milliseconds - seconds * 1000) * 1e6);
  if (Math.abs(nanos) < 1e9) return { seconds: BigInt(seconds), nanos };
  return { seconds: BigInt(seconds + Math.sign(nanos)), nanos: 0 };
}

/** A protobuf Duration to milliseconds. An absent one stays undefined. */
export function toMilliseconds(duration: Duration): number;
export function toMilliseconds(duration: Duration | undefined): number | undefined;
export function toMilliseconds(duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

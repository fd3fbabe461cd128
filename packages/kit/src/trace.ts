// Which incident a piece of work belongs to, and what it was begun by: the trace context that goes
// from a signal to its steps, orders, channels and mails. Ids are derived, not drawn: a monitor
// that is killed and comes back goes on with the same trace, and nothing is stored for it. Whatever
// comes from outside is only passed on and told: nothing is decided by it.
//
// The header is `traceparent` of W3C Trace Context, Recommendation of 23 November 2021,
// https://www.w3.org/TR/2021/REC-trace-context-1-20211123/

import { createHash } from "node:crypto";

/** One piece of work in a trace. */
export interface Trace {
  /** The same for all that one signal or wish has begun: 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** This piece of work: 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Whether somebody may have recorded it. */
  readonly isSampled: boolean;
}

/** Name of the header, of gRPC metadata and of the header of mails (section 3.2.1). */
export const traceparentHeader = "traceparent";

/**
 * Name of the variable that tells a program what it was started by. Source: OpenTelemetry,
 * "Environment Variables as Context Propagation Carriers".
 */
export const traceparentVariable = "TRACEPARENT";

/** version, trace-id, parent-id, trace-flags; later versions may go on after another dash. */
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Longer than any version that is known; more is not worth reading. */
const headerCharactersMax = 512;

const sampledFlag = 0x01;

/** The first piece of work of a trace. The same seed gives the same one, always and everywhere. */
export function rootTrace(seed: string): Trace {
  const digest = sha256(seed);
  // Always sampled: a trace is as rare as a failover, and the one that is missing is the one that
  // is asked for.
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48), isSampled: true };
}

/** A piece of work that another one began. `name` tells it from all others that began there. */
export function childTrace(parent: Trace, name: string): Trace {
  const { traceId, isSampled } = parent;
  const spanId = sha256(`${traceId}\n${parent.spanId}\n${name}`).slice(0, 16);
  return { traceId, spanId, isSampled };
}

/** The header that passes a piece of work on, as version 00 has it. */
export function writeTraceparent({ traceId, spanId, isSampled }: Trace): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

/**
 * What a header says. Undefined for one that must be ignored: malformed, or all zeroes (section
 * 3.2.2). Versions above 00 are read as far as 00 goes, as section 4.3 has it.
 */
export function readTraceparent(header: string): Trace | undefined {
  if (header.length > headerCharactersMax) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", rest] = pattern.exec(header) ?? [];
  if (version === undefined || version === "ff") return undefined;
  if (version === "00" && rest !== undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & sampledFlag) !== 0;
  return { traceId, spanId, isSampled };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

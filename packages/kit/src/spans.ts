// Pieces of work as they are told to a tracing system, if there is one. Without one, which is
// the default, telling costs a comparison: what speaks to such systems is opentelemetry.ts, and a
// service does not even load it. Nothing waits for what is told here, and nothing depends on it.

import type { Trace } from "./trace.ts";

/** A piece of work that is over. Its ids are derived, so that its parent needs not be at hand. */
export interface SpanRecord {
  readonly trace: Trace;
  /** What began it; undefined for the first of a trace. */
  readonly parent: Trace | undefined;
  /** One of a few: what differs from case to case is an attribute. */
  readonly name: string;
  /** Whether it asks another service, is asked by one, or neither. */
  readonly kind: "client" | "server" | "internal";
  /** Wall clock, milliseconds since 1970. */
  readonly beganMs: number;
  readonly endedMs: number;
  /** Why it failed, in one line. Empty: it did not. */
  readonly error: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Takes pieces of work to a tracing system. */
export interface SpanSink {
  record(span: SpanRecord): void;
  /** Resolves when everything is sent, or cannot be. */
  flush(): Promise<void>;
}

/** How long the end of a process may wait for a tracing system that does not answer. */
const flushMsMax = 1000;

let sink: SpanSink | undefined;
let instance = "";

/** Says which server instance this process is part of: told with everything. */
export function nameInstance(server: string): void {
  instance = server;
}

/** From now on everything is told there; undefined: nowhere. */
export function sendSpansTo(next: SpanSink | undefined): void {
  sink = next;
}

/**
 * Tells a piece of work, if anybody listens. Never throws: a failover goes on whatever it meets.
 */
export function recordSpan(span: SpanRecord): void {
  if (sink === undefined) return;
  try {
    const attributes = { "hot_backup.instance": instance, ...span.attributes };
    sink.record({ ...span, attributes });
  } catch {
    // It is lost, and whoever looks for it finds the same facts in journal, ledger and log.
  }
}

/** Resolves when everything told so far is sent, or nobody takes it in time. */
export async function flushSpans(): Promise<void> {
  if (sink === undefined) return;
  let giveUp: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    giveUp = setTimeout(resolve, flushMsMax);
  });
  await Promise.race([sink.flush().catch(() => undefined), late]);
  clearTimeout(giveUp);
}

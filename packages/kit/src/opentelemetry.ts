// Tells pieces of work to OpenTelemetry. The only file that knows its API, loaded only where
// packages/telemetry/src/register.ts has started an SDK. Ids of spans are those that the services
// have derived and passed on, so that the pieces fit together wherever they were recorded.

import {
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace as api,
  TraceFlags,
} from "@opentelemetry/api";
import type { SpanRecord, SpanSink } from "./spans.ts";
import { rootTrace, type Trace } from "./trace.ts";

/** The ids of the span that is being made. */
let next: Trace | undefined;

/** To be given to the SDK: makes the ids of our spans ours. Anybody else's are drawn. */
export const derivedIds = {
  generateTraceId: (): string => next?.traceId ?? rootTrace(crypto.randomUUID()).traceId,
  generateSpanId: (): string => next?.spanId ?? rootTrace(crypto.randomUUID()).spanId,
};

const kinds = {
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
} as const;

/** A sink into the SDK that is registered with the API. */
export function openTelemetrySink(flush: SpanSink["flush"]): SpanSink {
  const tracer = api.getTracer("hot-backup");
  return {
    record: ({ trace, parent, name, kind, beganMs, endedMs, error, attributes }: SpanRecord) => {
      next = trace;
      const startTime = new Date(beganMs);
      const options = { kind: kinds[kind], startTime, attributes };
      const span = tracer.startSpan(name, options, contextOf(parent));
      next = undefined;
      if (error !== "") span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      // A wall clock may be set back between the two.
      span.end(new Date(Math.max(beganMs, endedMs)));
    },
    flush,
  };
}

function contextOf(parent: Trace | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = parent;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const context: SpanContext = { traceId, spanId, traceFlags, isRemote: true };
  return api.setSpanContext(ROOT_CONTEXT, context);
}

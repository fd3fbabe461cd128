// Posts the facts of a run to an address beyond the product.

import { traceparentHeader } from "@hot-backup/kit/trace.ts";

/**
 * Posts JSON and takes every answer of 200 to 299 for success. Resolves to "" or to why it failed;
 * never rejects. The same key goes with every attempt, so that the other end can tell a repetition.
 * A redirect is a failure: it could lead the facts to a place that nobody configured.
 */
export async function callWebhook(
  request: {
    url: string;
    body: string;
    idempotencyKey: string;
    traceparent: string;
    timeoutMs: number;
  },
  signal: AbortSignal,
): Promise<string> {
  // Only the origin is told: people put secrets into paths and queries.
  const what = `Cannot call the webhook at ${new URL(request.url).origin}`;
  const timeout = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "idempotency-key": request.idempotencyKey,
        [traceparentHeader]: request.traceparent,
      },
      body: request.body,
      redirect: "error",
      signal: AbortSignal.any([signal, timeout]),
    });
    // The body is nobody's business, and may be endless.
    await response.body?.cancel();
    return response.ok ? "" : `${what}: it answered with status ${response.status}`;
  } catch (error) {
    if (signal.aborted) return `${what}: it was cancelled`;
    if (timeout.aborted) return `${what}: no answer within ${request.timeoutMs} ms`;
    return `${what}: ${explain(error)}`;
  }
}

// fetch wraps what happened, and for a host with several addresses wraps it twice.
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return explain(error.errors[0]);
  return error.cause instanceof Error ? explain(error.cause) : error.message;
}

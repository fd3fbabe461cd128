// Turns plain async functions into gRPC handlers: every error becomes a status in one place, and a
// stream has a bounded queue. Nothing here knows what the methods do.

import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { callerOf } from "./authorize.ts";
import { Failure, toStatus } from "./errors.ts";
import type { Identity } from "./identity.ts";
import type { Logger } from "./log.ts";
import { readTraceparent, type Trace, traceparentHeader } from "./trace.ts";
import { checkDecoded } from "./undecodable.ts";

/** Most messages that wait for one slow reader before its stream is ended. */
export const streamQueueMax = 1000;

/** What a handler learns of its call. */
export interface CallContext {
  /** Aborts when the client cancels, its deadline passes or the connection is lost. */
  readonly signal: AbortSignal;
  /** Address of the client, for the log. */
  readonly peer: string;
  /** Who calls. Undefined where nobody is told apart, and everybody may do everything. */
  readonly caller: Identity | undefined;
  /**
   * What the client made the call for. Undefined: it did not say, or not so that it can be read.
   * Read when it is asked for: most calls are heartbeats, and nobody asks.
   */
  readonly trace: Trace | undefined;
}

/** The sending end of a server stream. */
export interface Outlet<Response> extends CallContext {
  /** Queues one message. Ends the stream with RESOURCE_EXHAUSTED when too many wait. */
  send(response: Response): void;
  /** Resolves when what was sent has left the queue, or the stream is over. */
  drained(): Promise<void>;
}

/** A unary handler. What it throws becomes the status; an unexpected error is logged. */
export function unary<Request, Response>(
  log: Logger,
  handler: (request: Request, context: CallContext) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const cancelled = new AbortController();
    call.on("cancelled", () => cancelled.abort());
    const context = {
      signal: cancelled.signal,
      peer: call.getPeer(),
      caller: callerOf(call),
      get trace() {
        return traceOf(call.metadata);
      },
    };
    answer(handler, call.request, context).then(
      (response) => callback(null, response),
      (error: unknown) => {
        logUnexpected(log, error, call.getPath());
        callback(toStatus(error));
      },
    );
  };
}

/**
 * A server stream: it lasts until the handler returns, throws, or the client goes away. Its headers
 * go out at once, so that a client knows that it is heard before there is anything to tell.
 */
export function serverStream<Request, Response>(
  log: Logger,
  handler: (request: Request, outlet: Outlet<Response>) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const ended = new AbortController();
    for (const event of ["cancelled", "close", "error"]) call.on(event, () => ended.abort());
    const fail = (error: unknown) => {
      if (ended.signal.aborted) return;
      logUnexpected(log, error, call.getPath());
      call.emit("error", toStatus(error));
    };
    const outlet = {
      signal: ended.signal,
      peer: call.getPeer(),
      caller: callerOf(call),
      get trace() {
        return traceOf(call.metadata);
      },
      send: (response: Response) => sendBounded(call, response, { ended, fail }),
      drained: () => untilDrained(call, ended.signal),
    };
    call.sendMetadata(new Metadata());
    answer(handler, call.request, outlet).then(() => call.end(), fail);
  };
}

// HTTP/2 joins a header that comes twice with a comma: it is ignored like any other malformed one.
function traceOf(metadata: Metadata): Trace | undefined {
  const [header] = metadata.get(traceparentHeader);
  return typeof header === "string" ? readTraceparent(header) : undefined;
}

// A synchronous throw takes the same way as a rejection.
async function answer<Request, Context, Response>(
  handler: (request: Request, context: Context) => Response | Promise<Response>,
  request: Request,
  context: Context,
): Promise<Response> {
  checkDecoded(request);
  return handler(request, context);
}

function sendBounded<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  response: Response,
  stream: { ended: AbortController; fail: (error: unknown) => void },
): void {
  if (stream.ended.signal.aborted) return;
  if (call.writableLength < streamQueueMax) {
    call.write(response);
    return;
  }
  stream.fail(
    new Failure("exhausted", {
      message: `Cannot go on with the stream: the reader is ${streamQueueMax} messages behind`,
      reason: "SLOW_READER",
    }),
  );
}

function untilDrained<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  ended: AbortSignal,
): Promise<void> {
  if (ended.aborted || !call.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      call.off("drain", finish);
      ended.removeEventListener("abort", finish);
      resolve();
    };
    call.on("drain", finish);
    ended.addEventListener("abort", finish);
  });
}

function logUnexpected(log: Logger, error: unknown, method: string): void {
  if (error instanceof Failure && error.kind !== "internal") return;
  log.error({ err: error, method }, "A call failed unexpectedly");
}

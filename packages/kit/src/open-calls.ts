// The calls that a server has open: streams, so that it can tell each of them when it stops
// (without that they would hold it until they are cut, and their clients could not tell a stop from
// a failure), and all calls, so that a connection with none is known to be idle.

import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Failure, toStatus } from "./errors.ts";

/** The open calls of one server. */
export interface OpenCalls {
  /** The same service, with every call of its methods noted here while it lasts. */
  note(
    definition: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): UntypedServiceImplementation;
  /** Ends every stream with UNAVAILABLE, so that its client comes back, here or elsewhere. */
  endStreams(): void;
}

interface OpenCallsOptions {
  begin(peer: string): () => void;
  readonly firstMessageMs: number;
}

type StreamCall = Parameters<handleServerStreamingCall<unknown, unknown>>[0];
type UnaryArguments = Parameters<handleUnaryCall<unknown, unknown>>;
type Handler = UntypedServiceImplementation[string];

/**
 * Starts with no call. `begin` is told of every call by its peer ("address:port"), and returns what
 * is to be done when it is over. A stream of a client that has sent nothing `firstMessageMs` after
 * it began ends with DEADLINE_EXCEEDED.
 */
export function createOpenCalls({ begin, firstMessageMs }: OpenCallsOptions): OpenCalls {
  const streams = new Set<StreamCall>();
  const stream = (handler: Handler) => (call: StreamCall) => {
    const end = begin(call.getPeer());
    streams.add(call);
    const forget = () => {
      if (streams.delete(call)) end();
    };
    for (const event of ["close", "cancelled"]) call.on(event, forget);
    Reflect.apply(handler, undefined, [call]);
  };
  const twoWayStream = (handler: Handler) => (call: StreamCall) => {
    stream(handler)(call);
    const giveUp = () => call.emit("error", toStatus(silentFor(firstMessageMs)));
    const timer = setTimeout(giveUp, firstMessageMs);
    // After the handler: who listens first lets messages flow, and nobody else may miss one.
    for (const event of ["data", "close", "cancelled"]) call.once(event, () => clearTimeout(timer));
  };
  const wrap = (method: ServiceDefinition[string] | undefined, handler: Handler) => {
    if (method?.responseStream !== true) return unary(handler);
    return method.requestStream ? twoWayStream(handler) : stream(handler);
  };
  const unary =
    (handler: Handler) =>
    (...[call, callback]: UnaryArguments) => {
      const end = begin(call.getPeer());
      const answer: typeof callback = (...values) => {
        end();
        callback(...values);
      };
      Reflect.apply(handler, undefined, [call, answer]);
    };
  return {
    note: (definition, implementation) =>
      Object.fromEntries(
        Object.entries(implementation).map(([name, handler]) => [
          name,
          wrap(definition[name], handler),
        ]),
      ),
    endStreams: () => {
      for (const call of streams) call.emit("error", toStatus(stopping));
    },
  };
}

const stopping = new Failure("unavailable", {
  message: "Cannot go on with the stream: the service is stopping",
  reason: "STOPPING",
});

function silentFor(silentMs: number): Failure {
  return new Failure("overdue", {
    message: `Cannot go on with the stream: its first message has not come within ${silentMs} ms`,
    reason: "NO_FIRST_MESSAGE",
  });
}

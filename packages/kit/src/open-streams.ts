// The streams that a server has open, so that it can tell each of them when it stops. Without that
// they would hold it until they are cut, and their clients could not tell a stop from a failure.

import type {
  handleServerStreamingCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Failure, toStatus } from "./errors.ts";

/** The open streams of one server. */
export interface OpenStreams {
  /** The same service, with every stream of its methods noted here while it lasts. */
  note(
    definition: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): UntypedServiceImplementation;
  /** Ends every stream with UNAVAILABLE, so that its client comes back, here or elsewhere. */
  endAll(): void;
}

type Call = Parameters<handleServerStreamingCall<unknown, unknown>>[0];

/** Starts with no stream. */
export function createOpenStreams(): OpenStreams {
  const calls = new Set<Call>();
  const noted = (handler: UntypedServiceImplementation[string]) => (call: Call) => {
    calls.add(call);
    for (const event of ["close", "cancelled"]) call.on(event, () => calls.delete(call));
    Reflect.apply(handler, undefined, [call]);
  };
  return {
    note: (definition, implementation) =>
      Object.fromEntries(
        Object.entries(implementation).map(([name, handler]) => [
          name,
          definition[name]?.responseStream === true ? noted(handler) : handler,
        ]),
      ),
    endAll: () => {
      for (const call of calls) call.emit("error", toStatus(stopping));
    },
  };
}

const stopping = new Failure("unavailable", {
  message: "Cannot go on with the stream: the service is stopping",
  reason: "STOPPING",
});

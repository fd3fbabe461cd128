// Bytes that are no message of the contract are bad input like any other: INVALID_ARGUMENT. grpc-js
// alone would call them an internal error of the service.

import type { ServiceDefinition } from "@grpc/grpc-js";
import { invalidInput } from "./errors.ts";

/** Takes the place of a request that could not be decoded. It has none of its fields. */
export class Undecodable {
  readonly description: string;

  constructor(error: unknown) {
    const reason = error instanceof Error ? error.message : String(error);
    this.description = `cannot be decoded: ${reason}`;
  }
}

/** Throws INVALID_ARGUMENT for a request that could not be decoded. */
export function checkDecoded(request: unknown): void {
  if (!(request instanceof Undecodable)) return;
  throw invalidInput([{ field: "request", description: request.description }]);
}

/** The same definition, whose requests never fail to be decoded. */
export function tolerant(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        return method.requestDeserialize(bytes);
      } catch (error) {
        return new Undecodable(error);
      }
    };
    return [name, { ...method, requestDeserialize }] as const;
  });
  return Object.fromEntries(methods);
}

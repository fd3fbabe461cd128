// grpc.health.v1: Check, List and Watch over one table of serving services.
// Unknown services: NOT_FOUND on Check, SERVICE_UNKNOWN on Watch, as the protocol asks.

import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthService,
  type HealthCheckRequest,
  type HealthCheckResponse,
  type HealthServer,
} from "@hot-backup/proto/grpc/health/v1/health.ts";
import { Failure } from "./errors.ts";
import { serverStream, unary } from "./grpc-handlers.ts";
import type { Logger } from "./log.ts";
import { aborted } from "./stop.ts";

/** The health of one process: the same for all its services. */
export interface Health {
  readonly definition: typeof HealthService;
  readonly implementation: HealthServer;
  /** Tells all watchers whether the process serves, when that has changed. */
  setServing(isServing: boolean): void;
}

/** Health for the named services and for "", the process. Starts as NOT_SERVING. */
export function createHealth(log: Logger, serviceNames: readonly string[]): Health {
  const known = new Set(["", ...serviceNames]);
  const watchers = new Set<() => void>();
  let status: HealthCheckResponse["status"] = ServingStatus.NOT_SERVING;

  const check = (request: HealthCheckRequest): HealthCheckResponse => {
    if (known.has(request.service)) return { status };
    throw new Failure("not_found", {
      message: `Cannot tell the health of "${request.service}": no such service`,
      reason: "UNKNOWN_SERVICE",
    });
  };
  const implementation: HealthServer = {
    check: unary(log, check),
    list: unary(log, () => ({
      statuses: Object.fromEntries([...known].map((name) => [name, { status }])),
    })),
    watch: serverStream<HealthCheckRequest, HealthCheckResponse>(log, async (request, outlet) => {
      const tell = () =>
        outlet.send({
          status: known.has(request.service) ? status : ServingStatus.SERVICE_UNKNOWN,
        });
      watchers.add(tell);
      tell();
      await aborted(outlet.signal);
      watchers.delete(tell);
    }),
  };
  return {
    definition: HealthService,
    implementation,
    setServing: (isServing) => {
      const next = isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
      if (next === status) return;
      status = next;
      for (const tell of watchers) tell();
    },
  };
}

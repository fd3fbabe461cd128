// Counts the calls that a server answers, by method and code, and how long those with one answer
// took. A stream is counted when it begins and when it ends; what goes over it is not looked at.

import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServiceDefinition,
  status as Code,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  countDuration,
  type DurationHistogram,
  newDurationHistogram,
  quickBoundsMs,
} from "./duration-histogram.ts";
import type { Family } from "./metric-family.ts";

/** Counts the calls of one server. */
export interface CallMeter {
  /** The same service, with every call of its methods counted. */
  count(
    definition: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): UntypedServiceImplementation;
  readonly families: readonly Family[];
}

/** What is known of one method. */
interface MethodCounts {
  /** As in messages: "hotbackup.v1.ChannelService/StartChannels". */
  readonly method: string;
  readonly isStream: boolean;
  /** Ended calls by code. */
  readonly ended: Map<number, number>;
  readonly durations: DurationHistogram;
  open: number;
}

type Handler = UntypedServiceImplementation[string];
type UnaryArguments = Parameters<handleUnaryCall<unknown, unknown>>;
type StreamCall = Parameters<handleServerStreamingCall<unknown, unknown>>[0];

export function createCallMeter(): CallMeter {
  const methods: MethodCounts[] = [];
  return {
    count: (definition, implementation) =>
      Object.fromEntries(
        Object.entries(implementation).map(([name, handler]) => {
          const method = definition[name];
          if (method === undefined) return [name, handler];
          const counts: MethodCounts = {
            method: method.path.slice(1),
            isStream: method.requestStream || method.responseStream,
            ended: new Map([[Code.OK, 0]]),
            durations: newDurationHistogram(quickBoundsMs),
            open: 0,
          };
          methods.push(counts);
          return [
            name,
            counts.isStream ? countStream(handler, counts) : countUnary(handler, counts),
          ];
        }),
      ),
    families: familiesOf(methods),
  };
}

function countUnary(handler: Handler, counts: MethodCounts): Handler {
  return (...[call, callback]: UnaryArguments) => {
    const beganMs = performance.now();
    const answer: typeof callback = (...values) => {
      countEnd(counts, values[0]?.code);
      countDuration(counts.durations, performance.now() - beganMs);
      callback(...values);
    };
    Reflect.apply(handler, undefined, [call, answer]);
  };
}

// An error is emitted on the call by whoever ends it so; whatever else ends it, the client went
// away or was told all there was.
function countStream(handler: Handler, counts: MethodCounts): Handler {
  return (call: StreamCall) => {
    counts.open += 1;
    let code: Code = Code.OK;
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      counts.open -= 1;
      countEnd(counts, code);
    };
    call.once("error", (error: Error & { code?: number }) => (code = error.code ?? Code.UNKNOWN));
    call.once("cancelled", () => {
      if (code === Code.OK) code = Code.CANCELLED;
      end();
    });
    call.once("close", end);
    Reflect.apply(handler, undefined, [call]);
  };
}

function countEnd({ ended }: MethodCounts, code: number | null | undefined): void {
  // A code that gRPC does not have is a defect, and must not make a label.
  const known = code === undefined || code === null ? Code.OK : code in Code ? code : Code.UNKNOWN;
  ended.set(known, (ended.get(known) ?? 0) + 1);
}

function familiesOf(methods: readonly MethodCounts[]): readonly Family[] {
  return [
    {
      type: "counter",
      name: "hot_backup_grpc_calls_total",
      help: "Calls that ended, by method and code; a heartbeat stream is one call",
      labels: ["method", "code"],
      *read() {
        for (const { method, ended } of methods) {
          for (const [code, value] of ended) yield { labels: [method, Code[code] ?? ""], value };
        }
      },
    },
    {
      type: "histogram",
      name: "hot_backup_grpc_call_duration_seconds",
      help: "How long calls with one answer took here, by method; a start waits for its channels",
      labels: ["method"],
      *read() {
        for (const { method, isStream, durations } of methods) {
          if (!isStream) yield { labels: [method], histogram: durations };
        }
      },
    },
    {
      type: "gauge",
      name: "hot_backup_grpc_streams_open",
      help: "Streams that are open now, by method; one StreamHeartbeats for each server that beats",
      labels: ["method"],
      *read() {
        for (const { method, isStream, open } of methods) {
          if (isStream) yield { labels: [method], value: open };
        }
      },
    },
  ];
}

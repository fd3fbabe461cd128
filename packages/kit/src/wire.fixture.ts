// A server on a free port and a client for it, for tests of what happens on the wire. The contract
// of the channels service serves as an example: what it does here means nothing.

import { Writable } from "node:stream";
import {
  ChannelServiceClient,
  ChannelServiceService,
  type ChannelServiceServer,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { pino } from "pino";
import { dial } from "./grpc-dial.ts";
import type { ConnectionLimits } from "./connections.ts";
import { type GrpcServer, serve } from "./grpc-serve.ts";
import type { Logger } from "./log.ts";

/** A server, a client of it, and what the server logged. */
export interface Wire extends AsyncDisposable {
  readonly server: GrpcServer;
  readonly client: ChannelServiceClient;
  readonly logged: readonly string[];
}

/** Serves the given methods on a free port. The others answer UNIMPLEMENTED. */
export async function openWire(
  methods: (log: Logger) => Partial<ChannelServiceServer>,
  limits?: ConnectionLimits,
): Promise<Wire> {
  const { log, logged } = openMemoryLog();
  const implementation = Object.fromEntries(Object.entries(methods(log)).filter(isDefined));
  const services = [{ definition: ChannelServiceService, implementation }];
  const server = await serve("127.0.0.1:0", { services, log, ...(limits && { limits }) });
  const client = dial(ChannelServiceClient, server.address);
  return {
    server,
    client,
    logged,
    [Symbol.asyncDispose]: async () => {
      client.close();
      await server.close(0);
    },
  };
}

/** A log that keeps its lines. */
export function openMemoryLog(): { log: Logger; logged: string[] } {
  const logged: string[] = [];
  const destination = new Writable({
    write: (chunk, _, done) => {
      logged.push(String(chunk));
      done();
    },
  });
  return { log: pino({ level: "trace" }, destination), logged };
}

function isDefined<Value>(entry: [string, Value | undefined]): entry is [string, Value] {
  return entry[1] !== undefined;
}

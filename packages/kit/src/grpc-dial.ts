// Clients of other services: one way to connect, one way to call. Every call has a deadline.

import {
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type ClientUnaryCall,
  credentials as plainCredentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { CallFailed } from "./errors.ts";
import type { SecureTarget } from "./tls-dial.ts";
import { type Trace, traceparentHeader, writeTraceparent } from "./trace.ts";

/**
 * Quick to come back after an outage, and spread over replicas where the name has several
 * addresses.
 */
const channelOptions: ChannelOptions = {
  "grpc.enable_channelz": 0,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.min_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 500,
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.dns_min_time_between_resolutions_ms": 1000,
  "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

/** The constructor of a generated client. */
export type ClientConstructor<Client> = new (
  address: string,
  credentials: ChannelCredentials,
  options?: ChannelOptions,
) => Client;

/**
 * A client for `address` ("host:port" or "unix:/path"). Connects with its first call. Without a
 * secure target whoever answers there is taken for the service.
 */
export function dial<Client>(
  constructor: ClientConstructor<Client>,
  address: string,
  secure?: SecureTarget,
): Client {
  const { target, credentials, options } = approach(address, secure);
  return new constructor(target, credentials, { ...channelOptions, ...options });
}

/** What grpc-js needs to connect to an address. A path of this machine needs no TLS. */
export function approach(
  address: string,
  secure: SecureTarget | undefined,
): SecureTarget & { readonly target: string } {
  const plain = { credentials: plainCredentials.createInsecure(), options: {} };
  if (address.startsWith("unix:")) return { target: address, ...plain };
  // Said in full, so that a name is looked up again, and all of its addresses are used.
  return { target: `dns:///${address}`, ...(secure ?? plain) };
}

type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/**
 * Calls a unary method, for example `call(client.getServer.bind(client), request, { what,
 * deadlineMs })`. Rejects with CallFailed; `what` begins its message. Aborting the signal cancels
 * the call. `trace` is what it is made for.
 */
export function call<Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  options: {
    what: string;
    deadlineMs: number;
    signal?: AbortSignal;
    trace?: Trace | undefined;
  },
): Promise<Response> {
  const { what, deadlineMs, signal, trace } = options;
  const metadata = new Metadata();
  if (trace !== undefined) metadata.set(traceparentHeader, writeTraceparent(trace));
  return new Promise((resolve, reject) => {
    const running = begin(() =>
      method(request, metadata, { deadline: Date.now() + deadlineMs }, (error, response) => {
        signal?.removeEventListener("abort", cancel);
        if (error === null) resolve(response);
        else reject(new CallFailed(what, error));
      }),
    );
    const cancel = () => running.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted === true) cancel();
  });

  // A client that is closed throws, where everything else comes as an answer.
  function begin(work: () => ClientUnaryCall): ClientUnaryCall {
    try {
      return work();
    } catch (error) {
      throw new CallFailed(what, error);
    }
  }
}

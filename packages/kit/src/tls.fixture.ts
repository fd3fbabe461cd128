// One channels service under TLS and its callers, for tests of who gets through. What its methods
// do means nothing; that they were reached does.

import {
  ChannelServiceClient,
  ChannelServiceService,
  type StopChannelsRequest,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { CallFailed } from "./errors.ts";
import { call, dial } from "./grpc-dial.ts";
import { serverStream, unary } from "./grpc-handlers.ts";
import { serve } from "./grpc-serve.ts";
import { type Identity, type ServiceIdentity, serviceIdentity } from "./identity.ts";
import { aborted } from "./stop.ts";
import { openTls, type Tls } from "./tls.ts";
import { openMemoryLog } from "./wire.fixture.ts";

/** How often a directory is looked at, for tests that wait for it. */
const refreshMs = 100;

const options = { what: "Cannot list", deadlineMs: 10_000 };
const settings = { refreshMs, expiryWarningMs: 86_400_000 };

/** The channels service of primary-1, which everybody here calls. */
export const called = serviceIdentity("primary-1", "channels");

/** The certificates in a directory. */
export function tlsOf<Own extends Identity>(directory: string, own: Own): Promise<Tls<Own>> {
  return openTls({ ...settings, directory }, own);
}

/** A request that reached a method of the service. */
export interface Reached {
  readonly method: string;
  readonly request: unknown;
}

/** Serves under TLS, and looks at its directory while it does. */
export async function openSecured(directory: string, own: ServiceIdentity = called) {
  const { log, logged } = openMemoryLog();
  const tls = await tlsOf(directory, own);
  tls.watch(log);
  const reached: Reached[] = [];
  const answer = (method: string) => (request: unknown) => {
    reached.push({ method, request });
    return { channels: [], nextPageToken: "", leases: [], overrides: [], results: [] };
  };
  const implementation = {
    listChannels: unary(log, answer("listChannels")),
    stopChannels: unary(log, (request) => ({
      ...answer("stopChannels")(request),
      order: undefined,
    })),
    watchChannels: serverStream(log, async (request, outlet) => {
      answer("watchChannels")(request);
      outlet.send({ event: { $case: "snapshot", value: { channels: [] } } });
      await aborted(outlet.signal);
    }),
  };
  const services = [{ definition: ChannelServiceService, implementation }];
  const server = await serve("127.0.0.1:0", { services, log, tls });
  return {
    server,
    tls,
    log,
    reached,
    /** What was logged with this message, as one text. */
    told: (message: string) => logged.filter((line) => line.includes(message)).join(""),
    [Symbol.asyncDispose]: async () => {
      tls[Symbol.dispose]();
      await server.close(0);
    },
  };
}

/** A client with the certificates of a directory, that expects `expected`. */
export async function openCaller(
  address: string,
  given: { directory: string; own: Identity; expected?: ServiceIdentity },
) {
  const tls = await tlsOf(given.directory, given.own);
  const client = dial(ChannelServiceClient, address, tls.targetOf(given.expected ?? called));
  return {
    tls,
    client,
    list: () => outcomeOf(client),
    stop: (request: StopChannelsRequest) =>
      settled(call(client.stopChannels.bind(client), request, options)),
    [Symbol.dispose]: () => {
      tls[Symbol.dispose]();
      client.close();
    },
  };
}

/** "ok", or the reason and the message of the failure. */
export function outcomeOf(client: ChannelServiceClient): Promise<string> {
  const request = { protectedBy: "", pageSize: 0, pageToken: "" };
  return settled(call(client.listChannels.bind(client), request, options));
}

async function settled(running: Promise<unknown>): Promise<string> {
  try {
    await running;
    return "ok";
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return `${error.reason} ${error.message}`;
  }
}

// A monitor on a free port with a client, for tests of its methods over real gRPC. Time stands
// still until the test lets it pass, so that two answers differ only by what happened in between.

import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import { call, dial } from "@hot-backup/kit/grpc-dial.ts";
import { serve } from "@hot-backup/kit/grpc-serve.ts";
import { BadRequest } from "@hot-backup/proto/google/rpc/error_details.ts";
import { Status } from "@hot-backup/proto/google/rpc/status.ts";
import {
  MonitorServiceClient,
  MonitorServiceService,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import * as drills from "@hot-backup/proto/hotbackup/v1/drill.ts";
import * as contract from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { TestMonitor } from "../monitor.fixture.ts";
import type { Journal } from "../ports.ts";
import { createMemoryDisk, openMemoryJournal } from "../store/memory.ts";
import { createMonitorService } from "./monitor-service.ts";
import type { TargetPicture } from "./target-picture.ts";

type StoryOptions = NonNullable<ConstructorParameters<typeof TestMonitor>[1]>;

type WireOptions = StoryOptions & { journal?: Journal; picture?: TargetPicture };

/** A served monitor. */
export type Wire = Awaited<ReturnType<typeof openWire>>;

const options = { what: "call", deadlineMs: 15_000 };

/** Who asks, and why, as operators must say. */
export const anna = { name: "anna", reason: "a new disk" };

/** Starts a monitor of the group "test" that watches primary-1, and serves it. */
export async function openWire(given: WireOptions = {}) {
  const story = new TestMonitor(given.journal ?? openEmptyJournal(), given);
  const service = createMonitorService(story.monitor, {
    targets: {
      addressOf: (target) => `${target}:7503`,
      lastErrorOf: () => "",
      pictureOf: () => given.picture,
    },
    flowNames: { targets: ["backup-1"], hasNotify: true },
  });
  const { log } = story.monitor.parts;
  const server = await serve("127.0.0.1:0", { services: [service], log });
  const client = dial(MonitorServiceClient, server.address);
  return {
    story,
    client,
    address: server.address,
    ...callsOf(client),
    [Symbol.asyncDispose]: async () => {
      client.close();
      story[Symbol.dispose]();
      await server.close(0);
    },
  };
}

/** A journal in memory, with nothing in it. */
export function openEmptyJournal(): Journal {
  return openMemoryJournal(createMemoryDisk("journal-1"));
}

/** The unary methods with requests that need not be whole. */
function callsOf(client: MonitorServiceClient) {
  const serverId = "primary-1";
  const asked = { serverId, actor: anna };
  return {
    getServer: async (id = serverId) => {
      const response = await call(client.getServer.bind(client), { serverId: id }, options);
      if (response.server === undefined) throw new Error("the answer has no server");
      return response.server;
    },
    explain: (id = serverId) =>
      call(
        client.explainServer.bind(client),
        contract.ExplainServerRequest.fromPartial({ serverId: id }),
        options,
      ),
    explainServer: asking(client.explainServer.bind(client), contract.ExplainServerRequest, {
      serverId,
    }),
    getFlow: asking(client.getFlow.bind(client), contract.GetFlowRequest, { serverId }),
    getRun: (runId: string) => call(client.getRun.bind(client), { runId }, options),
    listServers: asking(client.listServers.bind(client), contract.ListServersRequest, {}),
    listSignals: asking(client.listSignals.bind(client), contract.ListSignalsRequest, {}),
    listRuns: asking(client.listRuns.bind(client), contract.ListRunsRequest, {}),
    listDrills: asking(client.listDrills.bind(client), drills.ListDrillsRequest, {}),
    runDrill: (fields: object = {}) => runDrill(client, fields),
    testFlow: asking(client.testFlow.bind(client), contract.TestFlowRequest, { serverId }),
    failback: asking(client.failback.bind(client), contract.FailbackRequest, asked),
    switchover: asking(client.switchover.bind(client), contract.SwitchoverRequest, asked),
    confirmStopped: asking(
      client.confirmStopped.bind(client),
      contract.ConfirmStoppedRequest,
      asked,
    ),
    setMaintenance: asking(
      client.setMaintenance.bind(client),
      contract.SetMaintenanceRequest,
      asked,
    ),
    clearMaintenance: asking(
      client.clearMaintenance.bind(client),
      contract.ClearMaintenanceRequest,
      asked,
    ),
  };
}

/** Every word of a drill until it ends, or rejects with how it failed. */
function runDrill(client: MonitorServiceClient, fields: object): Promise<readonly drills.Drill[]> {
  const kind = drills.DrillKind.DRILL_KIND_SWITCHOVER;
  const usual = { serverId: "primary-1", actor: anna, kind };
  const stream = client.runDrill(drills.RunDrillRequest.fromPartial({ ...usual, ...fields }));
  const told: drills.Drill[] = [];
  stream.on(
    "data",
    ({ drill }: drills.RunDrillResponse) => drill !== undefined && told.push(drill),
  );
  return new Promise((resolve, reject) => {
    stream.on("error", (error: ServiceError) => reject(new CallFailed("call", error)));
    stream.on("end", () => resolve(told));
  });
}

/** A method that fills its request up with what most tests ask for. */
function asking<Request, Response>(
  method: Parameters<typeof call<Request, Response>>[0],
  message: { fromPartial(fields: object): Request },
  usual: object,
): (fields?: object) => Promise<Response> {
  return (fields = {}) => call(method, message.fromPartial({ ...usual, ...fields }), options);
}

/** Sends bytes as the request of a method, and rejects as any call does. */
export function sendBytes(wire: Wire, method: string, bytes: Buffer): Promise<void> {
  const definition = Object.values(MonitorServiceService).find((each) =>
    each.path.endsWith(`/${method}`),
  );
  if (definition === undefined) throw new Error(`the contract has no method ${method}`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const deadline = { deadline: Date.now() + options.deadlineMs };
  const stream = wire.client.makeBidiStreamRequest(
    definition.path,
    (value: Buffer) => value,
    (value: Buffer) => value,
    new Metadata(),
    deadline,
  );
  stream.on("data", () => {});
  stream.on("error", (error: ServiceError) => reject(new CallFailed("call", error)));
  stream.on("end", resolve);
  stream.end(bytes);
  return promise;
}

/** How a call failed. */
export async function failureOf(answer: Promise<unknown>): Promise<CallFailed> {
  const failure: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof CallFailed) return failure;
  throw new Error("the call did not fail", { cause: failure });
}

/** The fields that a failure names as bad input, in the order told. */
export function violatedFields(failure: CallFailed): string[] {
  return violationsOf(failure).map(({ field }) => field);
}

/** What a failure says of bad input. */
export function violationsOf({ cause }: CallFailed) {
  const metadata = cause instanceof Error && "metadata" in cause ? cause.metadata : undefined;
  const [bytes] = metadata instanceof Metadata ? metadata.get("grpc-status-details-bin") : [];
  if (!Buffer.isBuffer(bytes)) return [];
  const bad = Status.decode(bytes).details.find((each) => each.typeUrl.endsWith(".BadRequest"));
  return bad === undefined ? [] : BadRequest.decode(bad.value).fieldViolations;
}

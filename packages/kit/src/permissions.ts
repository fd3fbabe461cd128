// Who may call what: one row per method, one entry per role. What has no row or no entry is denied.
// Decides nothing itself: authorize.ts does, and a test walks every method of every contract.

import type { ProgramName } from "./identity.ts";

/** What an identity comes as: a service, or somebody at a keyboard. */
export type Role = ProgramName | "operator" | "reader";

/** What must hold besides the role. */
export type Condition =
  /** The caller is a service of the server that is called. */
  | "same_server"
  /** The stream speaks for the server of the caller: checked by its handler, with what it reads. */
  | "own_stream"
  /** The request carries the order of a monitor: a term. */
  | "with_order"
  /** It does not: what a person asks for has no term. */
  | "without_order"
  /** It says on whose behalf it asks: a console is nobody by itself. */
  | "with_actor"
  /** The caller does not claim to be the monitor of a server. */
  | "only_reading";

/** The roles that may call a method, each under all of its conditions. */
export type Permission = Readonly<Partial<Record<Role, readonly Condition[]>>>;

const reading: Permission = { operator: [], reader: [], console: [] };
const operating: Permission = { operator: [], console: ["with_actor"] };

/** GET /metrics, beside the methods: its numbers name servers, channels and targets. */
export const metricsPermission: Permission = reading;

const ordering: Permission = {
  monitor: ["with_order"],
  operator: ["without_order"],
  console: ["without_order", "with_actor"],
};
const everybody: Permission = {
  heartbeat: [],
  monitor: [],
  channels: [],
  notify: [],
  console: [],
  operator: [],
  reader: [],
};

const permissions: Readonly<Record<string, Readonly<Record<string, Permission>>>> = {
  "hotbackup.v1.MonitorService": {
    StreamHeartbeats: { heartbeat: ["own_stream"] },
    GetServer: reading,
    ListServers: reading,
    WatchServers: reading,
    ListSignals: reading,
    WatchSignals: reading,
    ListRuns: reading,
    GetRun: reading,
    ExplainServer: reading,
    GetFlow: reading,
    WatchPulses: reading,
    // A flow of the caller's own is evaluated for it: reading asks for less.
    TestFlow: { operator: [], console: [] },
    Failback: operating,
    Switchover: operating,
    ConfirmStopped: operating,
    SetMaintenance: operating,
    ClearMaintenance: operating,
    RunDrill: operating,
    ListDrills: reading,
  },
  "hotbackup.v1.ChannelService": {
    // A definition names the command that runs: whoever deploys can do what the service can do.
    DeployChannel: operating,
    UndeployChannel: operating,
    StartChannels: ordering,
    StopChannels: ordering,
    GetChannelState: { ...reading, monitor: [] },
    ListChannels: { ...reading, monitor: [] },
    WatchChannels: {
      monitor: [],
      heartbeat: ["same_server", "only_reading"],
      operator: ["only_reading"],
      reader: ["only_reading"],
      console: ["only_reading"],
    },
    RenewLease: { heartbeat: ["same_server"] },
    ReadChannelLog: reading,
    CheckChannels: { ...reading, monitor: [] },
  },
  "hotbackup.v1.HeartbeatService": {
    GetHeartbeatStatus: reading,
    CloseServer: operating,
  },
  "hotbackup.v1.NotifyService": {
    SendEmail: { monitor: [], operator: [], console: [] },
    GetDelivery: reading,
    ListDeliveries: reading,
    CheckTransport: { ...reading, monitor: [] },
  },
  // Whether a process serves is told to everybody with a certificate, and to nobody without.
  "grpc.health.v1.Health": { Check: everybody, List: everybody, Watch: everybody },
  "grpc.reflection.v1.ServerReflection": { ServerReflectionInfo: reading },
  "grpc.reflection.v1alpha.ServerReflection": { ServerReflectionInfo: reading },
};

/** The row of "/package.Service/Method". Undefined: there is none, and nobody may call it. */
export function permissionOf(path: string): Permission | undefined {
  const [, service = "", method = ""] = path.split("/");
  const rows = Object.hasOwn(permissions, service) ? permissions[service] : undefined;
  return rows !== undefined && Object.hasOwn(rows, method) ? rows[method] : undefined;
}

/** Every row, as "/package.Service/Method". */
export function permittedMethods(): readonly string[] {
  return Object.entries(permissions).flatMap(([service, rows]) =>
    Object.keys(rows).map((method) => `/${service}/${method}`),
  );
}

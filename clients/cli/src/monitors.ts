// The monitors of a profile: which of them watches a server, and all of them asked at once. One
// that does not answer keeps nothing of the others back.

import type { MonitorServiceClient } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { type Complaint, misuse, toComplaint } from "./complaint.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { type MonitorAt, read, type Services } from "./services.ts";
import type { Session } from "./session.ts";
import { printable } from "./text/printable.ts";

/** What one monitor said. */
interface Answer<Value> {
  readonly monitor: MonitorAt;
  readonly value: Value;
}

/** A monitor that did not answer. */
interface Silence {
  readonly monitor: MonitorAt;
  readonly complaint: Complaint;
}

/** What the monitors of a profile said. */
interface Answers<Value> {
  readonly answers: readonly Answer<Value>[];
  readonly silences: readonly Silence[];
}

/** The monitor that watches a server. Throws a Complaint where that is none, or not to be told. */
export async function monitorOf(services: Services, serverId: string): Promise<MonitorAt> {
  const [only, ...more] = services.monitors;
  if (only !== undefined && more.length === 0) return only;
  const what = `Cannot tell ${serverId}`;
  const { monitor } = await findAmong(services, (client) =>
    read(client.getServer.bind(client), { serverId }, what),
  );
  return monitor;
}

/** What the one monitor says that knows what is asked for. */
export async function findAmong<Value>(
  { monitors }: Services,
  ask: (client: MonitorServiceClient) => Promise<Value>,
): Promise<Answer<Value>> {
  const told = await Promise.all(monitors.map((each) => tryMonitor(each, ask)));
  const found = told.filter((each) => "value" in each);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  if (second !== undefined) {
    const addresses = found.map(({ monitor }) => monitor.address).join(", ");
    const message = `Cannot choose a monitor: several know what is asked for, at ${addresses}`;
    throw misuse(message, "give --profile one that names the right monitor only");
  }
  // As long as one of them is away it may be the one.
  const complaints = told.flatMap((each) => ("complaint" in each ? [each.complaint] : []));
  throw complaints.find(isSilence) ?? complaints[0] ?? new Error("A profile has a monitor");
}

/** Asks all of them. The only one of a profile fails with its own complaint. */
export async function askMonitors<Value>(
  services: Services,
  ask: (client: MonitorServiceClient) => Promise<Value>,
): Promise<Answers<Value>> {
  const told = await Promise.all(services.monitors.map((each) => tryMonitor(each, ask)));
  const answers = told.filter((each) => "value" in each);
  const silences = told.filter((each) => "complaint" in each);
  for (const { complaint } of silences) {
    if (services.monitors.length === 1 || !isSilence(complaint)) throw complaint;
  }
  return { answers, silences };
}

/** The entries of all monitors, told under one name each: `key` for programs. */
export async function tellEntries<Entry>(
  { services, output }: Session,
  list: {
    readonly key: string;
    read(client: MonitorServiceClient): Promise<readonly Entry[]>;
    toJson(entry: Entry): unknown;
    print(entries: readonly Entry[], monitor: MonitorAt): readonly string[];
  },
): Promise<ExitCode> {
  const { answers, silences } = await askMonitors(services, (client) => list.read(client));
  const exitCode = silences.length === 0 ? exitCodes.done : exitCodes.unreachable;
  if (output.isJson) {
    const entries = answers.flatMap(({ value }) => value.map((each) => list.toJson(each)));
    const unknown = silences.map(({ monitor, complaint }) => {
      return { address: monitor.address, error: complaint.message };
    });
    output.document({ [list.key]: entries, unknown });
    return exitCode;
  }
  const sections = [
    ...answers.map(({ monitor, value }) => list.print(value, monitor)),
    ...silences.map(({ monitor, complaint }) => {
      const line = `monitor UNKNOWN at ${monitor.address}: ${complaint.message}`;
      return [output.paint("bad", printable(line))];
    }),
  ];
  output.lines(sections.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines])));
  return exitCode;
}

/** A heading of what one monitor told, where there are several. */
export function toldBy({ services, output }: Session, { address }: MonitorAt): readonly string[] {
  if (services.monitors.length === 1) return [];
  return [output.paint("quiet", printable(`told by the monitor at ${address}`))];
}

function isSilence({ exitCode }: Complaint): boolean {
  return exitCode === exitCodes.unreachable;
}

async function tryMonitor<Value>(
  monitor: MonitorAt,
  ask: (client: MonitorServiceClient) => Promise<Value>,
): Promise<Answer<Value> | Silence> {
  try {
    return { monitor, value: await ask(monitor.client) };
  } catch (error) {
    return { monitor, complaint: toComplaint(error) };
  }
}

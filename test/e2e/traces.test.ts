// One bed, step by step: a failover whose trace is found wherever it has left one, and which is
// still the same after the monitor was killed. Then another one, sent to a collector.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { readTraceparent } from "@hot-backup/kit/trace.ts";
import type { Run } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { DeliveryState } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { readEnvironment } from "@hot-backup/testbed/processes.ts";
import type { ServiceName } from "@hot-backup/testbed/service-process.ts";
import { openTwoServers, primaryId, type TwoServers } from "@hot-backup/testbed/two-servers.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { protectedChannels, untilRunningOn, withinMs } from "./bed.fixture.ts";
import { openOtlpReceiver, type ReceivedSpan } from "./otlp-receiver.fixture.ts";

let folder = "";
let receiver: Awaited<ReturnType<typeof openOtlpReceiver>>;
let servers: TwoServers;
/** Written by a step of the flow: the trace that its command is told. */
let commandFile = "";
/** The trace of the last DEAD signal. */
let traceId = "";
/** Whether services that start now send their traces. */
let isCollected = false;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-traces-"));
  commandFile = join(folder, "command");
  receiver = await openOtlpReceiver();
  const collected = [
    "env",
    "NODE_OPTIONS=--import=@hot-backup/telemetry/register.ts",
    `OTEL_EXPORTER_OTLP_ENDPOINT=${receiver.endpoint}`,
    "OTEL_EXPORTER_OTLP_PROTOCOL=http/json",
    "OTEL_BSP_SCHEDULE_DELAY=100",
  ];
  servers = await openTwoServers({
    folder,
    launcherOf: () => () => (isCollected ? collected : []),
    edit: (file, document) => {
      if (file !== "failover.yaml") return;
      const run = ["sh", "-c", `echo $TRACEPARENT > ${commandFile}`];
      document.addIn(["cases", "DEAD"], document.createNode({ command: { run } }));
    },
  });
  await servers.start(withinMs);
  await untilRunningOn({ servers }, "primary");
});
afterAll(async () => {
  await servers?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test("signal and run name the same trace", async () => {
  await servers.primary.kill();
  await untilRunningOn({ servers }, "backup");
  const signal = (await servers.signals()).at(-1);
  traceId = signal?.traceId ?? "";
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect((await runOf(signal?.runId)).traceId).toBe(traceId);
});

test("a program that was started for it knows it", async () => {
  const channels = await servers.channels("backup");
  const traces = protectedChannels.map((name) => {
    const variables = readEnvironment(channels.get(name)?.pid ?? 0);
    return readTraceparent(variables.get("TRACEPARENT") ?? "");
  });
  expect(traces).toMatchObject([{ traceId }, { traceId }]);
  expect(traces[0]?.spanId).not.toBe(traces[1]?.spanId);
});

test("a command of the flow knows it", async () => {
  const text = await servers.waitFor("the command", withinMs, () => {
    return existsSync(commandFile) && readFileSync(commandFile, "utf8");
  });
  expect(readTraceparent(text.trim())).toMatchObject({ traceId });
});

test("its mail says so in a header, and in the ledger", async () => {
  const mail = await servers.waitFor("the mail", withinMs, () => {
    return servers.mailbox.mails.find(({ subject }) => subject.includes("DEAD"));
  });
  expect(readTraceparent(mail.traceparent ?? "")).toMatchObject({ traceId });
  const { notify } = servers;
  const request = { state: DeliveryState.DELIVERY_STATE_UNSPECIFIED, pageSize: 0, pageToken: "" };
  const options = { what: "Cannot list deliveries", deadlineMs: 2000 };
  const { deliveries } = await call(notify.listDeliveries.bind(notify), request, options);
  const entry = deliveries.find(({ messageId }) => messageId === mail.messageId);
  expect(entry?.traceId).toBe(traceId);
});

test.each<[ServiceName, string]>([
  ["monitor", "Signal"],
  ["channels", "Channel changed"],
  ["notify", "Sent"],
])("the log of %s names it", async (service, msg) => {
  const told = () =>
    readFileSync(servers.backup.logFile(service), "utf8")
      .split("\n")
      .filter((line) => line.includes(`"msg":"${msg}"`));
  await expect.poll(told, { timeout: withinMs }).toContainEqual(expect.stringContaining(traceId));
});

test("a monitor that was killed goes on with the same trace", async () => {
  await servers.backup.killService("monitor");
  servers.backup.start(["monitor"]);
  await servers.waitForServing("monitor", withinMs);
  expect((await servers.signals()).at(-1)?.traceId).toBe(traceId);
  expect(receiver.spans).toEqual([]);
});

test("a collector gets one trace, from the signal to the start and the mail", async () => {
  isCollected = true;
  await servers.backup.kill();
  await servers.start(withinMs);
  await untilRunningOn({ servers }, "primary");
  await servers.primary.kill();
  await untilRunningOn({ servers }, "backup");
  const before = traceId;
  traceId = (await servers.signals()).at(-1)?.traceId ?? "";
  expect(traceId).not.toBe(before);
  const spans = await untilSpans(["run", "mail attempt", "step command"]);
  const told = new Set(spans.map(({ service, name }) => `${service}: ${name}`));
  expect([...told].toSorted()).toEqual([
    "hot-backup-channels: channel start",
    "hot-backup-channels: order start",
    "hot-backup-monitor: run",
    "hot-backup-monitor: signal DEAD",
    "hot-backup-monitor: step command",
    "hot-backup-monitor: step email",
    "hot-backup-monitor: step startChannels",
    "hot-backup-notify: mail accepted",
    "hot-backup-notify: mail attempt",
  ]);
  const roots = spans.filter(({ parentSpanId = "" }) => parentSpanId === "");
  expect(roots.map(({ name }) => name)).toEqual(["signal DEAD"]);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(ids.size).toBe(spans.length);
  expect(spans.filter((each) => each.parentSpanId && !ids.has(each.parentSpanId))).toEqual([]);
  expect(new Set(spans.map((each) => each.attributes.get("hot_backup.instance")))).toEqual(
    new Set(["backup-1"]),
  );
});

test("heartbeats leave no span: every one belongs to a signal", async () => {
  const known = new Set((await servers.signals()).map((each) => each.traceId));
  expect(receiver.spans.filter((each) => !known.has(each.traceId))).toEqual([]);
});

async function untilSpans(names: readonly string[]): Promise<readonly ReceivedSpan[]> {
  return servers.waitFor(`the spans ${names.join(", ")}`, withinMs, () => {
    const spans = receiver.spans.filter((each) => each.traceId === traceId);
    return names.every((name) => spans.some((each) => each.name === name)) && spans;
  });
}

async function runOf(runId: string | undefined): Promise<Run> {
  const { monitor } = servers;
  const options = { what: `Cannot get the last run of ${primaryId}`, deadlineMs: 2000 };
  const { run } = await call(monitor.getRun.bind(monitor), { runId: runId ?? "" }, options);
  if (run === undefined) throw new Error("The monitor answered without a run");
  return run;
}

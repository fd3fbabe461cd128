// Every command of docs/grpcurl.md, pasted into a shell in its order while two servers run. Each is
// answered, or refused with the reason that the comment above it names.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Certificates } from "@hot-backup/kit/certificates.fixture.ts";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { HealthService } from "@hot-backup/proto/grpc/health/v1/health.ts";
import { ChannelServiceService } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { HeartbeatServiceService } from "@hot-backup/proto/hotbackup/v1/heartbeat_service.ts";
import { MonitorServiceService } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { NotifyServiceService } from "@hot-backup/proto/hotbackup/v1/notify_service.ts";
import { writeConfigFolder } from "@hot-backup/testbed/config-folder.ts";
import { Instance } from "@hot-backup/testbed/instance.ts";
import { moveToFreePorts } from "@hot-backup/testbed/ports.ts";
import { examplePorts, openTwoServers, type TwoServers } from "@hot-backup/testbed/two-servers.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  hasGrpcurl,
  isRefusedWith,
  openShell,
  type PageCommand,
  readPage,
} from "./grpcurl-page.fixture.ts";

// A command starts three programs, one after the other, and a busy processor has five services.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const withinMs = 60_000;

const commands = readPage();
const isHttps = ({ script }: PageCommand) => script.includes("https://");
const plain = commands.filter((each) => each.comment !== "with TLS" && !isHttps(each));
const secure = commands.filter((each) => !plain.includes(each));

test("every method of every service has a command", ({ annotate }) => {
  const contracts = [
    MonitorServiceService,
    ChannelServiceService,
    NotifyServiceService,
    HeartbeatServiceService,
    HealthService,
  ];
  const methods = contracts.flatMap((each) => Object.values(each).map(({ path }) => path.slice(1)));
  const shown = new Set(plain.map(({ method }) => method));
  expect(methods.filter((method) => !shown.has(method))).toEqual([]);
  const installed = hasGrpcurl();
  const how = installed ? "by grpcurl" : "by buf curl: grpcurl is not installed here";
  return annotate(`The commands are run ${how}`);
});

describe("while two servers run", () => {
  let folder: string;
  let servers: TwoServers;
  let paste: ReturnType<typeof openShell>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hot-backup-grpcurl-"));
    servers = await openTwoServers({
      folder: join(folder, "bed"),
      edit: (file, document) => {
        if (file !== "backup.yaml") return;
        // No command is to meet a server that a busy machine has let die.
        document.setIn(["monitor", "servers", 0, "threshold"], "8s");
        document.deleteIn(["monitor", "servers", 0, "lease"]);
      },
    });
    await servers.start(withinMs);
    paste = openShell(folder, (script) => {
      return script.replaceAll(/127\.0\.0\.1:(\d+)/g, (_, port) => addressOf(Number(port)));
    });
    await untilProtected();
  });
  afterAll(async () => {
    await servers?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test.each(
    plain.map((command) => [command.line, command.method ?? "reflection", command] as const),
  )("line %i: %s", async (_line, method, command) => {
    const isEndless = method.includes("/Watch");
    const reason = /^[A-Z_]+/.exec(command.comment ?? "")?.[0];
    const pasted = await servers.waitFor(
      `"${command.script}" to be answered`,
      withinMs,
      async () => {
        const came = await paste(command, { isEndless });
        // A person waits too: for a switchover to end before the failback.
        const isEarly =
          reason === undefined && /failed_precondition|FailedPre/.test(came.complaint);
        return !isEarly && came;
      },
    );
    const answered = pasted.code === 0 ? "answered" : pasted.complaint;
    const outcome = reason !== undefined && isRefusedWith(reason, pasted) ? reason : answered;
    expect(outcome).toBe(reason ?? "answered");
    if (method.endsWith("/Failback")) await untilProtected();
    if (method.endsWith("/CloseServer")) await untilStartedAgain();
  });

  function addressOf(port: number): string {
    const found = Object.entries(examplePorts).find(([, each]) => each === port);
    if (found === undefined) throw new Error(`No service of the example has the port ${port}`);
    return servers.address(found[0] as keyof typeof examplePorts);
  }

  async function untilStartedAgain(): Promise<void> {
    await servers.primary.ended("heartbeat");
    servers.primary.start(["heartbeat"]);
    await untilProtected();
  }

  async function untilProtected(): Promise<void> {
    await servers.waitFor("the primary to hold its lease", withinMs, async () => {
      const { heartbeat } = servers;
      const options = { what: "Cannot get the heartbeat status", deadlineMs: withinMs };
      const status = await call(heartbeat.getHeartbeatStatus.bind(heartbeat), {}, options);
      return status.lease?.state?.$case === "held" && status.answered > 1n;
    });
  }
});

describe("with TLS", () => {
  let folder: string;
  let certificates: Certificates;
  let monitor: Instance;
  let paste: ReturnType<typeof openShell>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hot-backup-grpcurl-"));
    certificates = await Certificates.open();
    const directory = await certificates.server("backup-1");
    await certificates.person("operator", "anna");
    const movePort = await moveToFreePorts("two-servers");
    writeConfigFolder({
      example: "two-servers",
      folder,
      exchangeFolder: folder,
      movePort,
      edit: (file, document) => {
        if (file === "backup.yaml") document.set("tls", document.createNode({ directory }));
      },
    });
    monitor = new Instance({
      name: "backup",
      services: ["monitor"],
      configFile: join(folder, "config", "backup.yaml"),
      logFolder: folder,
    });
    monitor.start();
    paste = openShell(folder, (script) => {
      return script
        .replaceAll("certs/", `${certificates.folder}/`)
        .replaceAll(/localhost:(\d+)/g, (_, port) => `localhost:${movePort(Number(port))}`);
    });
  });
  afterAll(async () => {
    await monitor?.[Symbol.asyncDispose]();
    certificates?.[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  test.each(secure.map((command) => [command.line, command] as const))(
    "an operator's certificate takes the place of -plaintext: line %i",
    async (_line, command) => {
      const answer = await vi.waitFor(
        async () => {
          const { code, output, complaint } = await paste(command, { isEndless: false });
          expect(code, complaint + monitor.logTail()).toBe(0);
          return output;
        },
        { timeout: withinMs },
      );
      expect(answer).toContain("primary-1");
    },
  );
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:net";
import { z } from "zod";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const script = join(import.meta.dirname, "service.fixture.ts");
const sound = "server: primary-1\ngroup: two-servers\nends: when stopped\n";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-service-"));
  file = join(folder, "instance.yaml");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A started process and all that it says. */
interface Service extends Disposable {
  readonly said: { stdout: string; stderr: string };
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

function spawnService(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Service {
  const child = spawn(process.execPath, [script, ...words], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (said.stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (said.stderr += String(chunk)));
  return {
    said,
    exited: new Promise((resolve) => {
      child.on("close", (code, signal) => resolve(code ?? signal ?? ""));
    }),
    kill: (signal) => child.kill(signal),
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}

function start(text: string, ...words: string[]): Service {
  writeFileSync(file, text);
  return spawnService(["--config", file, ...words]);
}

test("a service that is told to die says so when it starts", async () => {
  writeFileSync(file, sound);
  const environment = { HOT_BACKUP_FAILPOINTS: "monitor.target_dirty" };
  using service = spawnService(["--config", file], environment);
  await vi.waitUntil(() => service.said.stdout.includes("Started"), 15_000);
  const told = JSON.parse(service.said.stdout.split("\n")[0] ?? "");
  expect(told).toMatchObject({ level: "warn", failpoints: "monitor.target_dirty" });
});

describe("exit code 0", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("after a stop by %s, in good order", async (signal) => {
    using service = start(sound);
    await vi.waitUntil(() => service.said.stdout.includes("Started"), 15_000);
    service.kill(signal);
    expect(await service.exited).toBe(0);
    expect(service.said.stdout).toContain(`received ${signal}`);
    expect(service.said.stdout.trimEnd().split("\n").at(-1)).toContain('"msg":"Stopped"');
  });

  test.each(["SIGHUP", "SIGUSR1", "SIGUSR2"] as const)(
    "for a stop, and not for %s, which it outlives and tells",
    async (stray) => {
      using service = start(sound);
      await vi.waitUntil(() => service.said.stdout.includes("Started"), 15_000);
      service.kill(stray);
      await vi.waitUntil(() => service.said.stdout.includes(`"signal":"${stray}"`), 15_000);
      service.kill("SIGTERM");
      expect(await service.exited).toBe(0);
      expect(service.said.stderr).toBe("");
    },
  );

  test("although something still holds the event loop", async () => {
    using service = start(sound.replace("when stopped", "with an idle timer"));
    await vi.waitUntil(() => service.said.stdout.includes("Started"), 15_000);
    service.kill("SIGTERM");
    expect(await service.exited).toBe(0);
  });

  test("after a check of a sound configuration, without starting", async () => {
    using service = start(sound, "--check");
    expect(await service.exited).toBe(0);
    expect(service.said.stdout).toBe(`${file}: notify: ok\n`);
    expect(service.said.stderr).toBe("");
  });

  test("after a check of a doubtful configuration, which says what to beware of", async () => {
    using service = start(`${sound}warnings: [nobody is told]\n`, "--check");
    expect(await service.exited).toBe(0);
    expect(service.said.stdout).toBe(`${file}: notify: ok\n`);
    expect(service.said.stderr).toBe("warning: nobody is told\n");
  });
});

describe("exit code 1", () => {
  test("after a failure, which is in the log", async () => {
    using service = start(sound.replace("when stopped", "with a failure"));
    expect(await service.exited).toBe(1);
    const lines = service.said.stdout.trimEnd().split("\n");
    // Not always the last one: pino writes it at once, past a line that is still on its way.
    expect(lines.map((each): unknown => JSON.parse(each))).toContainEqual(
      expect.objectContaining({
        level: "fatal",
        service: "notify",
        server: "primary-1",
        msg: "Failed",
        err: expect.objectContaining({ message: "the disk is full" }),
      }),
    );
  });

  test("at a second signal, however long the stop would take", async () => {
    using service = start(sound.replace("when stopped", "never"));
    await vi.waitUntil(() => service.said.stdout.includes("Started"), 15_000);
    service.kill("SIGTERM");
    await vi.waitUntil(() => service.said.stdout.includes("Stopping"), 15_000);
    service.kill("SIGTERM");
    expect(await service.exited).toBe(1);
  });
});

describe("exit code 2", () => {
  test.each([
    ["no arguments", [], "--config is missing"],
    ["an unknown argument", ["--confg", "a.yaml"], "--confg"],
    ["an argument too many", ["--config", "a.yaml", "b.yaml"], "b.yaml"],
  ])("for %s, with the usage", async (_, words, complaint) => {
    using service = spawnService(words);
    expect(await service.exited).toBe(2);
    expect(service.said.stderr).toContain(complaint);
    expect(service.said.stderr).toContain("usage: node services/notify/src/main.ts --config FILE");
    expect(service.said.stdout).toBe("");
  });

  test("for a failpoint that there is not", async () => {
    writeFileSync(file, sound);
    const environment = { HOT_BACKUP_FAILPOINTS: "monitor.nowhere" };
    using service = spawnService(["--config", file], environment);
    expect(await service.exited).toBe(2);
    expect(service.said.stderr).toContain('HOT_BACKUP_FAILPOINTS: "monitor.nowhere" is no');
  });

  test("for a file that is not there", async () => {
    using service = spawnService(["--config", join(folder, "missing.yaml")]);
    expect(await service.exited).toBe(2);
    expect(service.said.stderr).toMatch(/missing\.yaml: cannot be read: ENOENT/);
  });

  test.each([[[]], [["--check"]]])(
    "for a wrong configuration, with every problem, started with %j",
    async (words) => {
      using service = start(
        "server: Primary\ngroup: two-servers\nends: never\nlogLevel: loud\n",
        ...words,
      );
      expect(await service.exited).toBe(2);
      expect(service.said.stderr).toContain(`${file}:1:1: server: must be 1 to 63 characters`);
      expect(service.said.stderr).toContain(`${file}:4:1: logLevel: `);
      expect(service.said.stdout).toBe("");
    },
  );

  test("for a wrong value in the environment, by its name", async () => {
    writeFileSync(file, sound);
    using service = spawnService(["--config", file], { HOT_BACKUP__SERVER: "Primary" });
    expect(await service.exited).toBe(2);
    expect(service.said.stderr).toContain("HOT_BACKUP__SERVER: server: must be 1 to 63 characters");
  });

  test("for certificates that cannot be used, checked or started, by their key", async () => {
    writeFileSync(file, `${sound}\ntls: { directory: /nowhere/certificates }\n`);
    for (const more of [[], ["--check"]]) {
      using service = spawnService(["--config", file, ...more]);
      expect(await service.exited).toBe(2);
      expect(service.said.stderr).toContain(`${file}: tls.directory: Cannot use the certificates`);
    }
  });
});

test("a log line is JSON and names the service, the server and the process", async () => {
  using service = start(sound);
  await vi.waitUntil(() => service.said.stdout.includes("Started"), 15_000);
  const line: unknown = JSON.parse(service.said.stdout.split("\n")[0] ?? "");
  expect(line).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    service: "notify",
    server: "primary-1",
    pid: expect.any(Number),
    msg: "Started",
  });
});

describe("metrics", () => {
  test("are told where the configuration says, until the service has stopped", async () => {
    using service = start(`${sound}metrics: { listen: "127.0.0.1:0" }\n`);
    const address = await vi.waitUntil(
      () => /"address":"([^"]+)","msg":"Metrics are told"/.exec(service.said.stdout)?.[1],
      15_000,
    );
    const response = await fetch(`http://${address}/metrics`);
    expect(await response.text()).toContain('hot_backup_build_info{service="notify",');
    service.kill("SIGTERM");
    expect(await service.exited).toBe(0);
  });

  test("at an address that is taken end the service with 1, before it has begun", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = z.object({ port: z.number() }).parse(taken.address());
    using service = start(`${sound}metrics: { listen: "127.0.0.1:${port}" }\n`);
    expect(await service.exited).toBe(1);
    expect(service.said.stdout).toContain(`Cannot listen on 127.0.0.1:${port}: `);
    expect(service.said.stdout).not.toContain("Started");
    taken.close();
  });
});

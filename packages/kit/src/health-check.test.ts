import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Certificates } from "./certificates.fixture.ts";
import { openSecured } from "./tls.fixture.ts";
import { openWire } from "./wire.fixture.ts";

const script = join(import.meta.dirname, "health-check.ts");

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-health-"));
  file = join(folder, "server.yaml");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function check(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [script, ...words], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, "close");
  return { code: Number(code), said: (await said).join("") };
}

function checkMonitor(listen: string, environment?: NodeJS.ProcessEnv) {
  writeFileSync(
    file,
    `server: backup-1\ngroup: pair\nmonitor: { listen: "${listen}", servers: 7 }\n`,
  );
  return check(["--config", file, "--service", "monitor"], environment);
}

test("a service that serves is healthy, and nothing is said about it", async () => {
  await using wire = await openWire(() => ({}));
  wire.server.setServing(true);
  expect(await checkMonitor(wire.server.address)).toEqual({ code: 0, said: "" });
});

test("a service that listens and does not serve is not healthy", async () => {
  await using wire = await openWire(() => ({}));
  const { code, said } = await checkMonitor(wire.server.address);
  expect(code).toBe(1);
  expect(said).toBe(`Cannot use the service at ${wire.server.address}: it does not serve now\n`);
});

test("a service that does not listen is not healthy", async () => {
  const wire = await openWire(() => ({}));
  await wire[Symbol.asyncDispose]();
  const { code, said } = await checkMonitor(wire.server.address);
  expect(code).toBe(1);
  expect(said).toContain(`Cannot use the service at ${wire.server.address}: `);
});

test("a service that listens on every address is asked on this machine's own", async () => {
  await using wire = await openWire(() => ({}));
  wire.server.setServing(true);
  const listen = wire.server.address.replace("127.0.0.1", "0.0.0.0");
  expect(await checkMonitor(listen)).toEqual({ code: 0, said: "" });
});

test("the environment moves the address, and names the service", async () => {
  await using wire = await openWire(() => ({}));
  wire.server.setServing(true);
  writeFileSync(file, "server: backup-1\ngroup: pair\nnotify: { listen: 127.0.0.1:1 }\n");
  const environment = {
    HOT_BACKUP_SERVICE: "notify",
    HOT_BACKUP__NOTIFY__LISTEN: wire.server.address,
  };
  expect(await check(["--config", file], environment)).toEqual({ code: 0, said: "" });
});

test("a service under TLS is asked with its own certificate, and must be the one", async () => {
  using certificates = await Certificates.open();
  const directory = await certificates.server("primary-1");
  await using secured = await openSecured(directory);
  secured.server.setServing(true);
  const askAs = (server: string) => {
    const channels = `channels: { listen: "${secured.server.address}" }`;
    writeFileSync(file, `server: ${server}\ntls: { directory: ${directory} }\n${channels}\n`);
    return check(["--config", file, "--service", "channels"]);
  };
  expect(await askAs("primary-1")).toEqual({ code: 0, said: "" });
  const { code, said } = await askAs("primary-2");
  expect(code).toBe(1);
  expect(said).toContain("spiffe://hot-backup/server/primary-1/channels");
});

test.each([
  ["no file", ["--service", "monitor"], "--config is missing"],
  [
    "no service",
    ["--config", "server.yaml"],
    "--service must be one of heartbeat, monitor, channels, notify",
  ],
  ["an unknown option", ["--verbose"], "Unknown option '--verbose'"],
])("%s is a wrong call", async (_, words, message) => {
  const { code, said } = await check(words, { HOT_BACKUP_SERVICE: undefined });
  expect(code).toBe(2);
  expect(said).toContain(message);
});

test("a file without the service is refused at its place", async () => {
  writeFileSync(file, "server: backup-1\ngroup: pair\n");
  const { code, said } = await check(["--config", file, "--service", "monitor"]);
  expect(code).toBe(2);
  expect(said).toBe(`${file}:1:1: monitor: must be a section: it is not there\n`);
});

import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Certificates } from "@hot-backup/kit/certificates.fixture.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "..");
const units = join(import.meta.dirname, "systemd");

/** Which services each role runs. */
const settings = [
  ["primary", "heartbeat"],
  ["primary", "channels"],
  ["backup", "monitor"],
  ["backup", "channels"],
  ["backup", "notify"],
  ["monitor", "monitor"],
  ["monitor", "notify"],
  ["console", "console"],
] as const;

/** A server that this machine does not have, even where it is one. */
const stranger = ["--server", "of-a-test-of-arguments"];

async function failureOf(script: string, words: readonly string[]) {
  const error: unknown = await execute(join(import.meta.dirname, script), words).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error && "code" in error && "stderr" in error)) {
    throw new Error("the script did not fail", { cause: error });
  }
  return { code: Number(error.code), said: String(error.stderr) };
}

describe("arguments that are wrong end deploy/install before it does anything", () => {
  test.each([
    ["no role", [], "--role is missing"],
    ["an unknown role", ["--role", "spare"], 'there is no role "spare"'],
    ["an unknown option", ["--role", "backup", "--force", "yes"], 'no option "--force"'],
    ["a missing value", ["--role"], "--role needs a value"],
    ["a server that is a path", ["--role", "backup", "--server", "../etc"], "is no id of a server"],
    ["a prefix that is not absolute", ["--role", "backup", "--prefix", "opt"], "absolute path"],
    ["a prefix with a space", ["--role", "backup", "--prefix", "/opt/hot backup"], "absolute path"],
    ["no target for a new monitor", ["--role", "monitor", ...stranger], "needs --target"],
    ["no monitor for a new console", ["--role", "console", ...stranger], "needs --monitor"],
    ["no monitor for a new primary", ["--role", "primary", ...stranger], "needs --monitor"],
    ["a monitor without a port", ["--role", "primary", "--monitor", "b=host"], "ID=HOST:PORT"],
    ["a mail server with a comma", ["--role", "backup", "--smtp", "smtp://a,b"], "mail server"],
  ])("%s", async (_, words, complaint) => {
    const { code, said } = await failureOf("install", words);
    expect(code).toBe(2);
    expect(said).toContain(complaint);
    expect(said).toContain("usage: deploy/install --role");
  });

  test("a service that the role does not have", async () => {
    const words = ["--role", "backup", "--services", "notify,heartbeat"];
    const { code, said } = await failureOf("install", words);
    expect(code).toBe(2);
    expect(said).toContain('a backup has no service "heartbeat"');
  });
});

test.each([
  ["no server", [], "--server is missing"],
  ["all of them", ["--server", "*"], "is no id of a server"],
  ["an unknown option", ["--server", "a", "--all"], 'no option "--all"'],
])("deploy/uninstall refuses %s", async (_, words, complaint) => {
  const { code, said } = await failureOf("uninstall", words);
  expect(code).toBe(2);
  expect(said).toContain(complaint);
});

describe("the configuration of each role", () => {
  let certificates: Certificates;
  let folder: string;
  beforeEach(async () => {
    certificates = await Certificates.open();
    folder = mkdtempSync(join(tmpdir(), "hot-backup-install-"));
  });
  afterEach(() => {
    certificates[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  test.each(settings)("is sound as it is written: %s, %s", async (role, service) => {
    cpSync(join(units, "config"), folder, { recursive: true });
    mkdirSync(join(folder, "tls"));
    const directory = await certificates.server(`${role}-1`, [service]);
    cpSync(directory, join(folder, "tls", "current"), { recursive: true, dereference: true });
    const file = join(folder, `${role}.yaml`);
    const part = service === "console" ? "clients" : "services";
    const main = join(root, part, service, "src", "main.ts");
    // deploy/install makes one.
    writeFileSync(join(folder, "console-token"), "t".repeat(32));
    expect(await execute(process.execPath, [main, "--config", file, "--check"])).toEqual({
      stdout: `${file}: ${service}: ok\n`,
      stderr: "",
    });
  });
});

// None of this shows before the night on which it is needed.
test.each(readdirSync(units).filter((name) => name.endsWith(".service")))(
  "%s is started again for ever, watched, and killed whole",
  (name) => {
    const lines = readFileSync(join(units, name), "utf8").split("\n");
    const wanted = [
      "Type=notify",
      "Restart=on-failure",
      "KillMode=mixed",
      "WatchdogSignal=SIGKILL",
    ];
    expect(lines).toEqual(
      expect.arrayContaining([...wanted, "StartLimitIntervalSec=0", "RestartPreventExitStatus=2"]),
    );
    // They hide or forbid what leases and V8 live by.
    expect(lines.join("\n")).not.toMatch(/^(?:ProcSubset|MemoryDenyWriteExecute)=/m);
  },
);

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "./config.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "notify-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const base = {
  listen: "127.0.0.1:0",
  smtp: "smtp://127.0.0.1:25",
  from: "Hot Backup <hb@example.org>",
};

function read(notify: object, environment: NodeJS.ProcessEnv = {}) {
  const file = join(folder, "instance.yaml");
  // JSON is YAML.
  const instance = { server: "backup-1", group: "g", dataFolder: "data", notify };
  writeFileSync(file, JSON.stringify(instance, null, 2));
  return readConfig(file, environment);
}

function problemsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map((each) => `${each.key}: ${each.message}`);
    }
    throw error;
  }
  return [];
}

test("the example of the README is good", () => {
  const example = new URL("../../../examples/two-servers/backup.yaml", import.meta.url);
  expect(readConfig(fileURLToPath(example), {})).toMatchObject({
    listen: "127.0.0.1:7504",
    smtp: { host: "127.0.0.1", port: 7525 },
    domain: "example.org",
  });
});

test("what is left out has defaults, and paths are beside the file", () => {
  expect(read(base)).toEqual({
    server: "backup-1",
    group: "g",
    logLevel: "info",
    tls: undefined,
    warnings: [],
    listen: "127.0.0.1:0",
    smtp: { host: "127.0.0.1", port: 25, isTls: false, login: undefined },
    from: { name: "Hot Backup", address: "hb@example.org" },
    domain: "example.org",
    store: join(folder, "data", "notify.db"),
    templates: [],
    retry: { firstMs: 1000, maxMs: 300_000, giveUpAfterMs: 259_200_000 },
    poolConnections: 3,
    outboxMax: 10_000,
    ledgerKeepMs: 7_776_000_000,
    timeouts: {
      connectionMs: 10_000,
      greetingMs: 10_000,
      socketMs: 30_000,
      attemptMs: 120_000,
      stopMs: 5000,
    },
  });
  expect(read({ ...base, store: "other/mail.db" }).store).toBe(join(folder, "other", "mail.db"));
});

test("environment variables override", () => {
  const environment = { HOT_BACKUP__NOTIFY__RETRY__FIRST: "20ms" };
  expect(read(base, environment).retry.firstMs).toBe(20);
});

test("the password can stay in a file of its own", () => {
  writeFileSync(join(folder, "password"), "p w\n");
  const config = read({ ...base, smtp: "smtp://anna@h:25", passwordFile: "password" });
  expect(config.smtp.login).toEqual({ user: "anna", password: "p w" });
});

test.each([
  [{ passwordFile: "nowhere", smtp: "smtp://anna@h" }, "cannot be read: ENOENT"],
  [{ passwordFile: "password" }, "needs a user in notify.smtp"],
  [{ passwordFile: "password", smtp: "smtp://anna:pw@h" }, "notify.smtp holds a password already"],
])("a password file that cannot be used is told: %j", (fields, message) => {
  writeFileSync(join(folder, "password"), "secret");
  expect(problemsOf(() => read({ ...base, ...fields }))).toEqual([
    expect.stringContaining(`notify.passwordFile: ${message}`),
  ]);
});

test("every problem is told at once, and none repeats a password", () => {
  const problems = problemsOf(() =>
    read({
      listen: "nowhere",
      smtp: "smtp://anna:hunter2@h/path",
      from: "a@b.c\r\nBcc: e@f.g",
      poolConnections: 0,
      outboxMax: 1.5,
      retry: { first: "1h", max: "1m" },
      speed: "fast",
    }),
  );
  expect(new Set(problems.map((each) => each.split(":")[0]))).toEqual(
    new Set([
      "notify.from",
      "notify.listen",
      "notify.outboxMax",
      "notify.poolConnections",
      "notify.retry.max",
      "notify.smtp",
      "notify.speed",
    ]),
  );
  expect(problems.join()).not.toContain("hunter2");
});

test("own templates are checked with the configuration", () => {
  mkdirSync(join(folder, "templates"));
  writeFileSync(join(folder, "templates", "a.txt"), "Subject: s\n\n{{#if x}}");
  expect(problemsOf(() => read({ ...base, templatesFolder: "templates" }))).toEqual([
    ": {{#if}} has no end",
  ]);
  writeFileSync(join(folder, "templates", "a.txt"), "Subject: s\n\n{{x}}");
  expect(read({ ...base, templatesFolder: "templates" }).templates).toMatchObject([{ name: "a" }]);
});

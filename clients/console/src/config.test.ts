import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { readConfig } from "./config.ts";
import { findByToken } from "./token.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-console-config-"));
  writeFileSync(join(folder, "ada.token"), `${"a".repeat(32)}\n`);
  writeFileSync(join(folder, "short.token"), "a".repeat(31));
});
afterAll(() => rmSync(folder, { recursive: true }));

const servers = { "backup-1": { monitor: "127.0.0.1:7502" } };
const ada = { name: "ada", role: "operator", tokenFile: "ada.token" };
const sound = { servers, users: [ada] };

function read(section: object, top: object = {}) {
  const file = join(folder, "console.yaml");
  writeFileSync(file, stringify({ server: "desk-1", group: "g", ...top, console: section }));
  return readConfig(file, {});
}

function problemsOf(section: object, top: object = {}): string {
  try {
    read(section, top);
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

test("the smallest section that lets somebody in listens on loopback only", () => {
  const config = read(sound);
  expect(config).toMatchObject({
    listen: "127.0.0.1:7500",
    https: undefined,
    origins: [],
    mayLookUnnamed: false,
    sessionMs: 12 * 3_600_000,
  });
  expect([...config.services.monitor]).toEqual([["backup-1", "127.0.0.1:7502"]]);
  expect([...config.services.channels]).toEqual([]);
});

test("of a token only its hash is kept, and it is found by the token", () => {
  const { users } = read(sound);
  expect(JSON.stringify(users)).not.toContain("aaaa");
  expect(findByToken(users, "a".repeat(32))?.name).toBe("ada");
  expect(findByToken(users, "a".repeat(33))).toBeUndefined();
});

const anywhere = { ...sound, listen: "0.0.0.0:7500" };
const origins = ["https://desk.example.org"];
const insecure = { insecure: true };

test.each([
  ["no user", { servers }, {}, "console.users: lets nobody in"],
  [
    "no monitor",
    { users: [ada], servers: { a: { channels: "127.0.0.1:1" } } },
    {},
    "has no monitor",
  ],
  ["a user twice", { servers, users: [ada, ada] }, {}, "has the same name twice"],
  ["a token that can be guessed", withToken("short.token"), {}, "must hold at least 32 random"],
  ["a token that is not there", withToken("no.token"), {}, "tokenFile: cannot be read"],
  ["plain HTTP beyond loopback", { ...anywhere, origins }, {}, "console.listen: can be reached"],
  ["no origin beyond loopback", anywhere, insecure, "console.origins: must say from where"],
  ["an origin with a path", { ...sound, origins: ["https://a/b"] }, {}, "without a path"],
  ["no certificate for https", { ...sound, https: "own" }, {}, "there is no tls"],
  [
    "readers from anywhere",
    { ...anywhere, origins, anonymous: "reader" },
    insecure,
    "lets everybody",
  ],
  ["a public page for all", { ...sound, origins, anonymous: "reader" }, {}, "lets everybody look"],
  ["a socket", { ...sound, listen: "unix:/run/console.sock" }, {}, "browsers connect to it"],
  ["a service beyond this machine", { ...sound, servers: far() }, {}, "and has no TLS"],
  ["a key that nobody knows", { ...sound, password: "x" }, {}, "console.password: no such key"],
])("%s is refused at its key", (_, section, top, expected) => {
  expect(problemsOf(section, top)).toContain(expected);
});

test("whoever is on this machine may look, where that is asked for", () => {
  expect(read({ servers, anonymous: "reader" }).mayLookUnnamed).toBe(true);
});

function withToken(tokenFile: string) {
  return { servers, users: [{ ...ada, tokenFile }] };
}

function far() {
  return { "backup-1": { monitor: "backup.example.org:7502" } };
}

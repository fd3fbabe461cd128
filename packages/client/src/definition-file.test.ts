import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@hot-backup/kit/config.ts";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { Activation } from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDefinitions } from "./definition-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-definitions-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, base?: string) {
  const file = join(folder, "channels.yaml");
  writeFileSync(file, text);
  return readDefinitions(file, base);
}

test("a definition is sent as the file says it, and what it leaves open is left open", () => {
  const [found] = read(`
channels:
  - name: orders
    protectedBy: primary-1
    activation: inactive
    process:
      command: [node, main.ts]
      environment: { PORT: 8080 }
      workingDirectory: /srv/orders
    readiness: { tcp: "127.0.0.1:8080", timeout: 10s }
    restart: { attempts: 0 }
`);
  expect(found?.activation).toBe(Activation.ACTIVATION_INACTIVE);
  expect(found?.definition).toMatchObject({
    name: "orders",
    protectedBy: "primary-1",
    runtime: {
      $case: "process",
      value: { command: ["node", "main.ts"], workingDirectory: "/srv/orders", user: "" },
    },
    readiness: {
      check: { $case: "tcp", value: { address: "127.0.0.1:8080" } },
      timeout: toDuration(10_000),
      interval: undefined,
    },
    stop: { signal: "", timeout: undefined },
    restart: { attemptsMax: 0, backoff: undefined },
  });
});

test("a relative folder is refused where nobody says from where it starts", () => {
  const text = "channels: [{ name: a, process: { command: [b], workingDirectory: ../c } }]";
  expect(() => read(text)).toThrow(/:1:\d+: channels\.0\.process\.workingDirectory: is relative/);
  expect(read(text, "/srv/app")[0]?.definition.runtime?.value.workingDirectory).toBe("/srv/c");
});

test("a key that nobody knows is refused with its place", () => {
  expect(() => read("channels: [{ name: a, process: { command: [b] }, retries: 3 }]")).toThrow(
    new ConfigError([
      {
        where: `${join(folder, "channels.yaml")}:1:50`,
        key: "channels.0.retries",
        message: "no such key",
      },
    ]),
  );
});

test("what a service finds wrong is found in the file, or the nearest thing above it", () => {
  const [first, second] = read(`channels:
  - name: orders
    process: { command: [a] }
  - name: invoices
    process:
      command:
        - b
        - c
    restart:
      attempts: 3
`);
  const lineOf = (where = "") => Number(where.split(":").at(-2));
  expect(lineOf(first?.locate("definition.name"))).toBe(2);
  expect(lineOf(second?.locate("definition.process.command[1]"))).toBe(8);
  expect(lineOf(second?.locate("definition.restart.attempts_max"))).toBe(10);
  expect(lineOf(second?.locate("definition.restart.backoff_max"))).toBe(9);
  expect(lineOf(second?.locate("definition.stop.signal"))).toBe(4);
});

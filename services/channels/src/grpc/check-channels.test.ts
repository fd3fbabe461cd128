// CheckChannels over real gRPC, against the files and ports of this machine.

import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Failure } from "@hot-backup/kit/errors.ts";
import { type Identity, serviceIdentity } from "@hot-backup/kit/identity.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { stateWith } from "../core/state.fixture.ts";
import type { Runtime } from "../ports.ts";
import { createCheckChannels } from "./check-channels.ts";
import { definition, failureOf, order, startWire } from "./service.fixture.ts";

let wired: Awaited<ReturnType<typeof startWire>>;
beforeAll(async () => {
  wired = await startWire();
});
afterAll(() => wired.close());

// Deploys a channel of server "b" and tells why it could not start here, as words.
async function reasonsOf(name: string, process: object, more: object = {}): Promise<string[]> {
  const value = { command: ["sh"], ...process };
  const runtime = { $case: "process", value };
  await wired.deploy({ name, protectedBy: "b", runtime, ...more });
  const { checks } = await wired.check({ protectedBy: "b", names: [name] });
  return checks.flatMap(({ problems }) => problems.map(({ reason }) => reason));
}

function writeScript(name: string, firstLine: string): string {
  const file = join(wired.folder, name);
  writeFileSync(file, `${firstLine}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("a channel that could start has no problem", async () => {
  expect(await reasonsOf("fine", {})).toEqual([]);
});

test("a command is looked up as a start does it, and its absence told", async () => {
  expect(await reasonsOf("absent", { command: ["no-such-program"] })).toEqual([
    "COMMAND_NOT_FOUND",
  ]);
  expect(await reasonsOf("own-path", { environment: { PATH: "/nowhere" } })).toEqual([
    "COMMAND_NOT_FOUND",
  ]);
  mkdirSync(join(wired.folder, "bin"));
  writeScript("bin/run", "#!/bin/sh");
  const workingDirectory = "bin";
  expect(await reasonsOf("relative", { command: ["./run"], workingDirectory })).toEqual([]);
  expect(await reasonsOf("elsewhere", { command: ["./run"] })).toEqual(["COMMAND_NOT_FOUND"]);
});

test("a file that cannot be executed, or whose interpreter is missing, is told", async () => {
  const plain = writeScript("plain", "#!/bin/sh");
  chmodSync(plain, 0o644);
  expect(await reasonsOf("plain", { command: [plain] })).toEqual(["COMMAND_NOT_EXECUTABLE"]);
  const script = writeScript("script", "#!/opt/no-such-interpreter -x");
  expect(await reasonsOf("script", { command: [script] })).toEqual(["INTERPRETER_MISSING"]);
  const byName = writeScript("by-name", "#!/usr/bin/env no-such-interpreter");
  expect(await reasonsOf("by-name", { command: [byName] })).toEqual(["INTERPRETER_MISSING"]);
});

test("a working directory that is not there is told, until it is", async () => {
  const process = { workingDirectory: join(wired.folder, "later") };
  expect(await reasonsOf("later", process)).toEqual(["FOLDER_MISSING"]);
  mkdirSync(process.workingDirectory);
  expect(await reasonsOf("later", process)).toEqual([]);
});

test("a user that is not known here is told", async () => {
  expect(await reasonsOf("user", { user: "no-such-user" })).toEqual(["USER_UNKNOWN"]);
});

test("the command of a readiness check has to be there as well", async () => {
  const command = { command: ["no-such-check"] };
  const readiness = { check: { $case: "command", value: command } };
  expect(await reasonsOf("probed", {}, { readiness })).toEqual(["COMMAND_NOT_FOUND"]);
});

test("a port that somebody else has is told, and that of the channel itself is not", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const { port } = address;
  const tcp = { address: `127.0.0.1:${port}` };
  const readiness = { check: { $case: "tcp", value: tcp } };
  const script = `require("node:net").createServer().listen(${port}, "127.0.0.1")`;
  const command = [process.execPath, "-e", script];
  expect(await reasonsOf("port", { command }, { readiness })).toEqual(["PORT_IN_USE"]);
  server.close();
  await once(server, "close");
  expect(await reasonsOf("port", { command }, { readiness })).toEqual([]);
  await wired.start({ names: ["port"], order: order("b", 1n) });
  expect((await wired.get("port")).channel?.pid).toBeGreaterThan(0);
  expect(await reasonsOf("port", { command }, { readiness })).toEqual([]);
  await wired.stop({ names: ["port"], order: order("b", 1n) });
});

test("a channel that has FAILED is told with why", async () => {
  const failing = { ...definition("failing", "exit 3"), protectedBy: "b" };
  await wired.deploy({ ...failing, restart: { attemptsMax: 0 } });
  await wired.start({ names: ["failing"], order: order("b", 1n) });
  const look = async () => {
    const { checks } = await wired.check({ names: ["failing"] });
    return checks[0]?.problems.map(({ reason, text }) => `${reason} ${text}`).join("; ");
  };
  await vi.waitFor(async () => expect(await look()).toMatch(/^CHANNEL_FAILED .*code 3/));
});

test("names that are not deployed, or not protected by that server, are told", async () => {
  await wired.deploy({ ...definition("others"), protectedBy: "c" });
  const { checks } = await wired.check({ protectedBy: "b", names: ["others", "nothing", "none*"] });
  expect(checks).toMatchObject([
    { name: "nothing", digest: "", problems: [{ reason: "NOT_DEPLOYED" }] },
    { name: "others", digest: "", problems: [{ reason: "NOT_PROTECTED" }] },
  ]);
});

test("the digest is the beginning of that of the channel, and changes nothing", async () => {
  await reasonsOf("told", {});
  const before = await wired.get("told");
  const { checks, asOf } = await wired.check({ names: ["told"] });
  expect(checks).toEqual([
    {
      name: "told",
      digest: before.channel?.digest.slice(0, 16),
      problems: [],
      protectedBy: "b",
    },
  ]);
  expect(asOf).toBeInstanceOf(Date);
});

test("those who look at the same time are all told what is true", async () => {
  await reasonsOf("shared", { command: ["no-such-program"] });
  await reasonsOf("sound", {});
  const asked = [["shared"], ["sound"], ["shared", "sound"], ["shared"]];
  const answers = await Promise.all(asked.map((names) => wired.check({ names })));
  const told = answers.map(({ checks }) =>
    checks.flatMap(({ name, problems }) => problems.map(({ reason }) => `${name} ${reason}`)),
  );
  const absent = ["shared COMMAND_NOT_FOUND"];
  expect(told).toEqual([absent, [], absent, absent]);
});

test("a check that many want at once is refused beyond a bound, and never queues", async () => {
  const asked = Array.from({ length: 20 }, () =>
    wired.check({}).then(
      () => "checked",
      async (error: unknown) => (await failureOf(Promise.reject(error))).reason,
    ),
  );
  const answers = await Promise.all(asked);
  expect(answers).toContain("checked");
  expect(answers).toContain("TOO_MANY_CHECKS");
});

test("however many people look, there is room for a monitor", async () => {
  const looked = Promise.withResolvers<Awaited<ReturnType<Runtime["check"]>>>();
  const checkChannels = createCheckChannels({
    state: () => stateWith(),
    runtime: { check: () => looked.promise },
    checkRoom: async () => [],
    wallMs: () => 0,
  });
  const ask = (caller: Identity) =>
    checkChannels({ protectedBy: "", names: [] }, { caller }).then(
      () => "checked",
      (error: Failure) => error.reason,
    );
  const eve = { kind: "reader", name: "eve" } as const;
  const people = Array.from({ length: 20 }, (_, index) =>
    ask(index % 2 === 0 ? eve : serviceIdentity("a", "console")),
  );
  const monitor = ask(serviceIdentity("b", "monitor"));
  looked.resolve(new Map());
  expect(await monitor).toBe("checked");
  const answers = await Promise.all(people);
  expect(answers.filter((each) => each === "checked")).toHaveLength(4);
  expect(new Set(answers)).toEqual(new Set(["checked", "TOO_MANY_CHECKS"]));
});

test("a thousand channels are checked with one process, in much less than a period", async () => {
  const folder = join(wired.folder, "many");
  mkdirSync(folder);
  const value = { command: ["no-such-program"], workingDirectory: folder };
  for (let index = 0; index < 900; index += 1) {
    const runtime = { $case: "process", value };
    await wired.deploy({ name: `many-${index}`, protectedBy: "d", runtime });
  }
  const beganMs = performance.now();
  const { checks } = await wired.check({ protectedBy: "d" });
  expect(checks).toHaveLength(900);
  expect(new Set(checks.map(({ problems }) => problems[0]?.reason))).toEqual(
    new Set(["COMMAND_NOT_FOUND"]),
  );
  expect(performance.now() - beganMs).toBeLessThan(3_000);
  rmSync(folder, { recursive: true });
});

// A name of a channel becomes the name of a log file, and a command runs as it was given: no name
// leads out of a folder, and no argument is read by a shell.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import {
  Activation,
  ReadChannelLogRequest,
  type ReadChannelLogResponse,
} from "@hot-backup/proto/hotbackup/v1/channel_service.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { definition, failureOf, startWire } from "./service.fixture.ts";

let wired: Awaited<ReturnType<typeof startWire>>;
beforeAll(async () => {
  wired = await startWire();
});
afterAll(() => wired.close());

const names = [
  "../escaped",
  "../../../../etc/passwd",
  "/etc/passwd",
  "a/../../escaped",
  "..",
  ".",
  "..%2fescaped",
  "a\\..\\escaped",
  "a\u0000.log",
  "a\n",
  "-rf",
  "$(touch escaped)",
  "\u2025/escaped",
];

function readLog(name: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const stream = wired.client.readChannelLog(ReadChannelLogRequest.fromPartial({ name }));
    const lines: string[] = [];
    stream.on("data", (response: ReadChannelLogResponse) => {
      lines.push(...response.lines.map(({ text }) => text));
    });
    stream.once("end", () => resolve(lines));
    stream.once("error", (error: Error) => reject(new CallFailed("call", error)));
  });
}

test.each(names)("%j is no name of a channel, whatever is asked of it", async (name) => {
  const beside = join(wired.folder, "..");
  const asked = [
    () => wired.deploy(definition(name)),
    () => wired.undeploy(name),
    () => wired.get(name),
    () => wired.start({ names: [name] }),
    () => wired.stop({ names: [name] }),
    () => readLog(name),
  ];
  for (const each of asked) {
    expect(await failureOf(each())).toMatchObject({ reason: "INVALID_INPUT" });
  }
  expect(wired.loop.state().channels.size).toBe(0);
  expect(existsSync(join(beside, "escaped.log"))).toBe(false);
});

test("no shell reads the arguments of a channel, nor its environment", async () => {
  const { folder } = wired;
  const trap = join(folder, "trap");
  const hostile = `$(touch ${trap}); touch ${trap} \`touch ${trap}\` && * "'`;
  const program = "console.log(process.argv[1], process.env.HOSTILE); setInterval(() => {}, 1000)";
  const value = {
    command: [process.execPath, "-e", program, hostile],
    environment: { HOSTILE: hostile },
  };
  const runtime = { $case: "process", value };
  await wired.deploy({ name: "literal", runtime }, Activation.ACTIVATION_ACTIVE);
  await vi.waitFor(
    async () => expect(await readLog("literal")).toContain(`${hostile} ${hostile}`),
    { timeout: 15_000 },
  );
  expect(existsSync(trap)).toBe(false);
});

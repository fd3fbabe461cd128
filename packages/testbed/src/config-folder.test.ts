import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { listExamplePorts, writeConfigFolder } from "./config-folder.ts";

test("a bed moves every port, every data folder and every exchange of the examples", () => {
  const folder = mkdtempSync(join(tmpdir(), "config-folder-"));
  try {
    const exchangeFolder = join(folder, "exchange");
    writeConfigFolder({
      example: "two-servers",
      folder,
      exchangeFolder,
      movePort: (port) => port + 10_000,
    });
    const read = (name: string) => readFileSync(join(folder, "config", name), "utf8");
    for (const port of listExamplePorts("two-servers")) {
      expect(read("primary.yaml") + read("backup.yaml")).not.toContain(`:${port}`);
    }
    expect(parse(read("primary.yaml"))).toMatchObject({
      dataFolder: join(folder, "primary"),
      heartbeat: { listen: "127.0.0.1:17401", monitors: ["127.0.0.1:17502"] },
    });
    const { channels } = parse(read("channels.yaml"));
    expect(channels).toHaveLength(2);
    for (const { process } of channels) {
      expect(process.environment.EXCHANGE_FOLDER).toBe(exchangeFolder);
      expect(process.workingDirectory).toMatch(/^\/.*\/examples\/channels$/);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { definitionOf } from "../core/state.fixture.ts";
import { openProbe } from "./readiness.ts";

test("a check that cannot be made is not ready, never thrown", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "hot-backup-readiness-"));
  onTestFinished(() => rmSync(dataFolder, { recursive: true }));
  mkdirSync(join(dataFolder, "work"));
  const { runtime } = definitionOf("c");
  const definition = definitionOf("c", { runtime: { ...runtime, workingDirectory: "work" } });
  const probe = openProbe({
    serverId: "a",
    storeId: "s",
    dataFolder,
    nowMs: () => performance.now(),
  });
  const check = { kind: "command", command: ["false"] } as const;
  const readiness = { check, timeoutMs: 100, intervalMs: 5 };
  const { signal } = new AbortController();
  expect(await probe.await(readiness, { definition, signal })).toMatch(/false ended/);
  rmSync(join(dataFolder, "work"), { recursive: true });
  expect(await probe.await(readiness, { definition, signal })).toMatch(
    /not ready after 100 ms: its working directory is no folder/,
  );
});

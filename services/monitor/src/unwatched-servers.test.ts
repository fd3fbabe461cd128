import { expect, test } from "vitest";
import { newServerRecord } from "./core/server-record.ts";
import { tellUnwatched } from "./unwatched-servers.ts";

function told(watchedIds: readonly string[]) {
  const lines: object[] = [];
  const stored = [
    { ...newServerRecord("primary-1", 0), startedTargets: ["backup-1"] },
    newServerRecord("primary-2", 0),
  ];
  tellUnwatched(stored, {
    servers: watchedIds.map((serverId) => ({ serverId })) as never,
    log: { warn: (fields: object) => lines.push(fields) } as never,
  });
  return lines;
}

test("a server that is watched no more, with channels left on a target, is told", () => {
  expect(told(["primary-2"])).toEqual([{ serverId: "primary-1", targets: ["backup-1"] }]);
});

test("a server that left nothing behind, or is watched, is not", () => {
  expect(told(["primary-1"])).toEqual([]);
});

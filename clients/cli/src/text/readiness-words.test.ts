import { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { expect, test } from "vitest";
import { createPaint } from "./paint.ts";
import { printReadiness, readinessNotes, readyWord } from "./readiness-words.ts";

const checkedAt = new Date("2026-11-22T18:00:10Z");
const since = new Date("2026-11-22T18:00:00Z");
const problem = (name: string) => ({
  subject: `backup-1/${name}`,
  reason: "PORT_IN_USE",
  text: "somebody listens",
  since,
});
const serverWith = (readiness: object) => Server.fromPartial({ serverId: "p", readiness });

test("a server is ready only when somebody has looked and found nothing", () => {
  expect(readyWord(serverWith({ ready: true, checkedAt })).text).toBe("yes");
  expect(readyWord(serverWith({ ready: false, checkedAt, problems: [problem("a")] })).text).toBe(
    "NO",
  );
  expect(readyWord(serverWith({ ready: false })).text).toBe("UNKNOWN");
  expect(readyWord(Server.create()).text).toBe("not checked");
});

test("the notes name the first reasons and count the others, and explain tells all", () => {
  const problems = ["a", "b", "c", "d"].map(problem);
  const server = serverWith({ ready: false, checkedAt, problems, problemsOmitted: 2 });
  expect(readinessNotes(server)).toEqual([
    "NOT READY: backup-1/a PORT_IN_USE: somebody listens",
    "NOT READY: backup-1/b PORT_IN_USE: somebody listens",
    "NOT READY: backup-1/c PORT_IN_USE: somebody listens",
    "NOT READY: 3 reasons more: hot-backup explain p",
  ]);
  const section = printReadiness(server, createPaint(false)).join("\n");
  expect(section).toMatch(/backup-1\/d +PORT_IN_USE +2026-11-22 18:00:00Z +somebody listens/);
  expect(section).toContain("and 2 more");
});

test("a server that is ready has no section of reasons", () => {
  expect(printReadiness(serverWith({ ready: true, checkedAt }), createPaint(false))).toEqual([]);
});

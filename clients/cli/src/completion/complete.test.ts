import { expect, test } from "vitest";
import { Assignment, Server, ServerState } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { createProgram } from "../program.ts";
import { complete } from "./complete.ts";

const program = createProgram(() => Promise.resolve());
const { SERVER_STATE_LIVE, SERVER_STATE_DEAD } = ServerState;
const { ASSIGNMENT_PRIMARY, ASSIGNMENT_BACKUP, ASSIGNMENT_NOBODY } = Assignment;
const watched = [
  { serverId: "at-home", state: SERVER_STATE_LIVE, assignment: ASSIGNMENT_PRIMARY },
  { serverId: "away", state: SERVER_STATE_LIVE, assignment: ASSIGNMENT_BACKUP },
  {
    serverId: "stuck",
    state: SERVER_STATE_LIVE,
    assignment: ASSIGNMENT_NOBODY,
    targets: [{ name: "backup-2", confirmed: true }, { name: "backup-3" }],
  },
  {
    serverId: "worked-on",
    state: SERVER_STATE_DEAD,
    assignment: ASSIGNMENT_BACKUP,
    maintenance: {},
  },
].map((each) => Server.fromPartial(each));
const names = {
  servers: () => Promise.resolve(["primary-1", "backup-1"]),
  watched: () => Promise.resolve<readonly Server[] | undefined>(watched),
  profiles: () => ["local", "production"],
};
const offer = async (...words: string[]) => (await complete(program, words, names)).words;

test.each([
  [["ch"], ["channels"]],
  [
    ["channels", "st"],
    ["start", "stop"],
  ],
  [
    ["explain", ""],
    ["backup-1", "primary-1"],
  ],
  // Only where it applies now.
  [["switchover", ""], ["at-home"]],
  [["drill", ""], ["at-home"]],
  [
    ["failback", ""],
    ["away", "worked-on"],
  ],
  [["maintenance", "clear", ""], ["worked-on"]],
  [
    ["maintenance", "set", ""],
    ["backup-1", "primary-1"],
  ],
  [["confirm-stopped", ""], ["stuck"]],
  [["confirm-stopped", "stuck", ""], ["backup-3"]],
  [
    ["channels", "list", "--server", ""],
    ["backup-1", "primary-1"],
  ],
  [["override", "orders", "--on", "b"], ["backup-1"]],
  [
    ["flow", "test", "--signal", ""],
    ["CLOSE", "DEAD", "LIVE"],
  ],
  [["explain", "primary-1", "--signal", ""], []],
  [["mail", "list", "--state", "f"], ["failed"]],
  [["--profile", "p"], ["production"]],
  [["status", "--js"], ["--json"]],
  [["failback", "primary-1", "--rea"], ["--reason"]],
  // A free text, and files, which the shell knows.
  [["failback", "primary-1", "--reason", ""], []],
  [["channels", "deploy", ""], []],
])("%j is completed with %j", async (words, offered) => {
  expect(await offer(...words)).toEqual(offered);
});

test("what is only for shells is not offered", async () => {
  expect(await offer("comp")).toEqual(["completion"]);
});

test("without a monitor any server may be meant", async () => {
  const away = { ...names, watched: () => Promise.resolve(undefined) };
  const { words } = await complete(program, ["failback", ""], away);
  expect(words).toEqual(["backup-1", "primary-1"]);
});

test("files are offered where a file is meant, and nowhere else", async () => {
  const takesFiles = async (...words: string[]) =>
    (await complete(program, words, names)).takesFiles;
  expect(await takesFiles("channels", "deploy", "")).toBe(true);
  expect(await takesFiles("flow", "test", "")).toBe(true);
  expect(await takesFiles("failback", "")).toBe(false);
  expect(await takesFiles("channels", "deploy", "--reason", "")).toBe(false);
});

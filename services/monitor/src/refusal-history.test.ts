// Refusals in the history: the first of a kind is told at once, the rest cost nothing but a number.

import { openLog } from "@hot-backup/kit/log.ts";
import { expect, test } from "vitest";
import { TestTime } from "./test-time.fixture.ts";
import { type Refused, RefusalHistory } from "./refusal-history.ts";
import { createMemoryDisk, openMemoryJournal } from "./store/memory.ts";

const hourMs = 3_600_000;
const refused: Refused = {
  serverId: "primary-1",
  term: 3n,
  text: 'Cannot fail back to server "primary-1": it is dead, not live',
  refusal: "NOT_LIVE",
  actor: { name: "anna", reason: "a new disk" },
  evidence: "last good heartbeat 5000.0 ms before",
};

function open() {
  const time = new TestTime();
  const journal = openMemoryJournal(createMemoryDisk("journal-1"));
  let commits = 0;
  const commit = (change: Parameters<typeof journal.commit>[0]) => {
    commits += 1;
    journal.commit(change);
  };
  const log = openLog("test", { server: "test", level: "fatal" });
  const { clock, timers } = time;
  const history = new RefusalHistory({ clock, timers, log, journal: { ...journal, commit } });
  return {
    history,
    time,
    commits: () => commits,
    texts: (serverId = "primary-1") => journal.listHistory(serverId, 1000).map(({ text }) => text),
    lines: () => journal.listHistory("primary-1", 1000),
  };
}

test("a refusal is a line with who, why, the reason and what it rests on", () => {
  const { history, lines } = open();
  history.note(refused);
  expect(lines()).toEqual([{ ...refused, wallMs: 1_700_000_000_000 }]);
});

test("the same again costs no commit, and is told as a number when the hour is over", async () => {
  const { history, time, commits, texts } = open();
  for (let count = 0; count < 1000; count += 1) history.note(refused);
  expect(commits()).toBe(1);
  await time.pass(hourMs);
  expect(texts()[0]).toBe("Refused again within an hour: NOT_LIVE 999 times");
  expect(commits()).toBe(2);
});

test("an hour later the same is a line again", async () => {
  const { history, time, texts } = open();
  history.note(refused);
  await time.pass(hourMs);
  history.note(refused);
  expect(texts()).toEqual([refused.text, refused.text]);
});

test("somebody else, or another reason, is another line", () => {
  const { history, texts } = open();
  history.note(refused);
  history.note({ ...refused, actor: { name: "bert", reason: "me too" } });
  history.note({ ...refused, refusal: "IN_MAINTENANCE" });
  expect(texts()).toHaveLength(3);
});

test("who changes name with each request fills no history", async () => {
  const { history, time, commits, texts } = open();
  for (let count = 0; count < 500; count += 1) {
    history.note({ ...refused, actor: { name: `robot-${count}`, reason: "why not" } });
  }
  expect(texts()).toHaveLength(4);
  await time.pass(hourMs);
  expect(texts()[0]).toBe("Refused again within an hour: NOT_LIVE 496 times");
  expect(commits()).toBe(5);
});

test("all servers together have sixty lines an hour, and one commit at its end", async () => {
  const { history, time, commits, texts } = open();
  for (let server = 0; server < 500; server += 1) {
    history.note({ ...refused, serverId: `server-${server}` });
  }
  expect(commits()).toBe(60);
  expect(texts("server-400")).toEqual([]);
  await time.pass(hourMs);
  expect(texts("server-400")).toEqual(["Refused again within an hour: NOT_LIVE 1 times"]);
  expect(commits()).toBe(61);
});

test("what was only counted is told when the monitor stops", () => {
  const { history, texts } = open();
  history.note(refused);
  history.note(refused);
  history[Symbol.dispose]();
  expect(texts()[0]).toBe("Refused again within an hour: NOT_LIVE 1 times");
});

test("a journal that cannot be written costs the line, and not the answer", () => {
  const time = new TestTime();
  const journal = openMemoryJournal(createMemoryDisk("journal-1"));
  const commit = () => {
    throw new Error("the disk is full");
  };
  const log = openLog("test", { server: "test", level: "fatal" });
  const { clock, timers } = time;
  const history = new RefusalHistory({ clock, timers, log, journal: { ...journal, commit } });
  expect(() => history.note(refused)).not.toThrow();
});

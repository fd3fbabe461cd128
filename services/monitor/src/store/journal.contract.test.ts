// What every journal must do, whatever it stores on. Each rule runs against the SQLite and the
// memory journal.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Journal, JournalChange, JournalContent } from "../ports.ts";
import { createMemoryDisk, openMemoryJournal, restoreMemoryDisk } from "./memory.ts";
import type { Retention } from "./retention.ts";
import {
  hugeTerm,
  noChange,
  numberedChange,
  sampleDrill,
  sampleHistory,
  sampleRun,
  sampleServer,
  sampleSignal,
  sampleSteps,
} from "./sample-records.fixture.ts";
import { openSqliteJournal, restoreSqliteJournal } from "./sqlite.ts";

/** A place for one journal that outlives it. */
interface Place {
  open(retention?: Retention): Journal;
  /** Only while no journal is open on it. */
  restore(restore: (content: JournalContent) => JournalChange): void;
  remove(): void;
}

const places: Readonly<Record<string, () => Place>> = {
  sqlite: () => {
    const folder = mkdtempSync(join(tmpdir(), "hot-backup-journal-"));
    return {
      open: (retention) => openSqliteJournal(join(folder, "journal.db"), retention),
      restore: (restore) => void restoreSqliteJournal(join(folder, "journal.db"), restore),
      remove: () => rmSync(folder, { recursive: true }),
    };
  },
  memory: () => {
    let disk = createMemoryDisk("3f0c8a1e-0000-4000-8000-000000000001");
    return {
      open: (retention) => openMemoryJournal(disk, retention),
      restore: (restore) => {
        const journalId = "3f0c8a1e-0000-4000-8000-000000000002";
        disk = restoreMemoryDisk(disk, { journalId, restore });
      },
      remove: () => {},
    };
  },
};

describe.each(Object.entries(places))("%s journal", (_name, createPlace) => {
  let place: Place;
  let journal: Journal;

  beforeEach(() => {
    place = createPlace();
    journal = place.open();
  });
  afterEach(() => {
    journal[Symbol.dispose]();
    place.remove();
  });
  const reopen = (retention?: Retention) => {
    journal[Symbol.dispose]();
    journal = place.open(retention);
  };

  test("a new journal is empty", () => {
    expect(journal.load()).toEqual({ servers: [], runs: [], lastSignalId: 0n });
  });

  test("the journal id is random and stays the same when the journal is opened again", () => {
    const { journalId } = journal;
    expect(journalId).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    reopen();
    expect(journal.journalId).toBe(journalId);
  });

  test("a restored journal has what the restore made of its content, under a new id", () => {
    const { journalId } = journal;
    journal.commit(numberedChange(1n));
    journal[Symbol.dispose]();
    place.restore(({ servers }) => ({
      ...noChange,
      servers: servers.map((each) => ({ ...each, assignment: "nobody", term: 9n })),
    }));
    journal = place.open();
    expect(journal.journalId).not.toBe(journalId);
    expect(journal.load().servers).toMatchObject([{ assignment: "nobody", term: 9n }]);
    expect(journal.load().lastSignalId).toBe(1n);
  });

  test("every field of every record comes back as it was, after reopening too", () => {
    const server = sampleServer();
    const bare = sampleServer({
      serverId: "bare",
      startedTargets: [],
      hold: undefined,
      maintenance: undefined,
      term: 0n,
    });
    const operatorHold = sampleServer({ serverId: "hold", hold: { until: "operator" } });
    const signal = sampleSignal(1n);
    const run = sampleRun("r1", { state: "held", actor: undefined });
    const idle = sampleRun("r2", { state: "running", hasStarted: false });
    const entry = sampleHistory("said so");
    const change = {
      servers: [server, bare, operatorHold],
      signals: [signal],
      runs: [run, idle],
      history: [entry, sampleHistory("nobody asked", { actor: undefined })],
    };
    journal.commit(change);
    for (let life = 0; life < 2; life += 1) {
      const content = journal.load();
      expect(content.servers).toStrictEqual([bare, operatorHold, server]);
      expect(content.runs).toStrictEqual([run, idle]);
      expect(journal.listSignals({ serverId: "", limit: 9, before: undefined })).toStrictEqual([
        signal,
      ]);
      expect(journal.listHistory("primary-1", 9)).toStrictEqual(change.history.toReversed());
      reopen();
    }
  });

  test("terms are exact up to the highest one", () => {
    const change = {
      servers: [sampleServer({ term: hugeTerm })],
      signals: [sampleSignal(1n, { term: hugeTerm - 1n })],
      runs: [sampleRun("r1", { term: hugeTerm - 2n })],
      history: [],
    };
    journal.commit(change);
    reopen();
    expect(journal.load().servers[0]?.term).toBe(2n ** 62n - 1n);
    expect(journal.load().servers[0]?.incidentTerm).toBe(2n ** 62n - 5n);
    expect(journal.listSignalsAfter(0n, { serverId: "", limit: 1 })[0]?.term).toBe(2n ** 62n - 2n);
    expect(journal.findRun("r1")?.term).toBe(2n ** 62n - 3n);
  });

  test("a commit replaces the servers and runs it names and touches no others", () => {
    const [a, b] = [sampleServer({ serverId: "a" }), sampleServer({ serverId: "b" })];
    const held = sampleRun("r1", { state: "held" });
    journal.commit({ ...noChange, servers: [a, b], runs: [held] });
    const live = { ...a, state: "live" as const, term: 5n };
    journal.commit({ ...noChange, servers: [live], runs: [{ ...held, caseName: "other" }] });
    expect(journal.load().servers).toEqual([live, b]);
    expect(journal.load().runs).toEqual([{ ...held, caseName: "other" }]);
  });

  test.each([
    ["is used twice", 1n],
    ["leaves one out", 3n],
  ])("a signal id that %s is refused, and nothing of its commit is stored", (_why, signalId) => {
    journal.commit({ ...noChange, signals: [sampleSignal(1n)] });
    expect(() =>
      journal.commit({
        servers: [sampleServer()],
        signals: [sampleSignal(signalId, { because: "another" })],
        runs: [sampleRun("r1", { state: "running" })],
        history: [sampleHistory("never")],
      }),
    ).toThrow("signal id");
    expect(journal.load()).toEqual({ servers: [], runs: [], lastSignalId: 1n });
    expect(journal.listHistory("primary-1", 9)).toEqual([]);
    expect(journal.listSignalsAfter(0n, { serverId: "", limit: 9 })).toEqual([sampleSignal(1n)]);
  });

  test("load returns the runs that are not over and the takeover runs, oldest first", () => {
    journal.commit({
      ...noChange,
      servers: [sampleServer({ takeoverRunId: "taken" })],
      runs: [
        sampleRun("over"),
        sampleRun("running", { state: "running" }),
        sampleRun("taken"),
        sampleRun("held", { state: "held" }),
        sampleRun("given-up", { steps: sampleSteps("failed") }),
        sampleRun("owes-mail", { state: "superseded", steps: sampleSteps("retrying") }),
        sampleRun("replaced", { state: "superseded", steps: sampleSteps("skipped") }),
      ],
    });
    reopen();
    const ids = journal.load().runs.map(({ runId }) => runId);
    expect(ids).toEqual(["running", "taken", "held", "owes-mail"]);
  });

  test("a run that ends is not loaded any more, and is still found", () => {
    const run = sampleRun("r1", { state: "running" });
    journal.commit({ ...noChange, runs: [run] });
    journal.commit({ ...noChange, runs: [{ ...run, state: "finished" }] });
    expect(journal.load().runs).toEqual([]);
    expect(journal.findRun("r1")?.state).toBe("finished");
    expect(journal.findRun("r2")).toBeUndefined();
  });

  test("signals are listed newest first by pages, or oldest first after an id", () => {
    const ids = [1n, 2n, 3n, 4n, 5n, 6n];
    const all = ids.map((id) => sampleSignal(id, { serverId: id % 2n === 0n ? "even" : "odd" }));
    journal.commit({ ...noChange, signals: all });
    const page = (serverId: string, limit: number, before?: bigint) =>
      journal.listSignals({ serverId, limit, before }).map(({ signalId }) => signalId);
    expect(page("", 2)).toEqual([6n, 5n]);
    expect(page("", 2, 5n)).toEqual([4n, 3n]);
    expect(page("odd", 9, 5n)).toEqual([3n, 1n]);
    expect(page("none", 9)).toEqual([]);
    const after = (id: bigint, serverId: string, limit: number) =>
      journal.listSignalsAfter(id, { serverId, limit }).map(({ signalId }) => signalId);
    expect(after(2n, "", 3)).toEqual([3n, 4n, 5n]);
    expect(after(2n, "even", 9)).toEqual([4n, 6n]);
    expect(after(6n, "", 9)).toEqual([]);
  });

  test("runs are listed newest first by pages, and a run that changes keeps its place", () => {
    for (const runId of ["a1", "b1", "a2", "a1"]) {
      const serverId = runId.slice(0, 1);
      journal.commit({ ...noChange, runs: [sampleRun(runId, { serverId })] });
    }
    const first = journal.listRuns({ serverId: "", limit: 2, before: undefined });
    expect(first.map(({ run }) => run.runId)).toEqual(["a2", "b1"]);
    const second = journal.listRuns({ serverId: "", limit: 2, before: first[1]?.position });
    expect(second.map(({ run }) => run.runId)).toEqual(["a1"]);
    const ofOne = journal.listRuns({ serverId: "a", limit: 9, before: undefined });
    expect(ofOne.map(({ run }) => run.runId)).toEqual(["a2", "a1"]);
  });

  test("a drill is stored whole with its history, and keeps its place when it goes on", () => {
    journal.saveDrill(sampleDrill("a1", { state: "running" }), [sampleHistory("began")]);
    journal.saveDrill(sampleDrill("b1", { serverId: "other" }), []);
    const ended = sampleDrill("a1", { mails: 3 });
    journal.saveDrill(ended, [sampleHistory("passed")]);
    reopen();
    const all = journal.listDrills({ serverId: "", limit: 9, before: undefined });
    expect(all.map(({ drill }) => drill.drillId)).toEqual(["b1", "a1"]);
    expect(all[1]?.drill).toEqual(ended);
    const second = journal.listDrills({ serverId: "", limit: 9, before: all[0]?.position });
    expect(second.map(({ drill }) => drill.drillId)).toEqual(["a1"]);
    const ofOne = journal.listDrills({ serverId: "other", limit: 9, before: undefined });
    expect(ofOne.map(({ drill }) => drill.drillId)).toEqual(["b1"]);
    const texts = journal.listHistory("primary-1", 9).map(({ text }) => text);
    expect(texts).toEqual(["passed", "began"]);
  });

  test("drills that go on are found by the next life, however many came after", () => {
    reopen({ signalsMax: 20, runsMax: 3, historyLinesMax: 30, surplusMax: 5 });
    journal.saveDrill(sampleDrill("running", { state: "running" }), []);
    for (let count = 0; count < 10; count += 1) journal.saveDrill(sampleDrill(`d${count}`), []);
    expect(journal.runningDrills()).toEqual([sampleDrill("running", { state: "running" })]);
    const kept = journal.listDrills({ serverId: "", limit: 99, before: undefined });
    expect(kept.map(({ drill }) => drill.drillId)).toEqual(["d9", "d8", "d7", "running"]);
  });

  test("the history of a server is listed newest first and not further than asked", () => {
    journal.commit({
      ...noChange,
      history: [
        sampleHistory("one"),
        sampleHistory("other", { serverId: "other" }),
        sampleHistory("two"),
        sampleHistory("three"),
      ],
    });
    const texts = (limit: number) => journal.listHistory("primary-1", limit).map((e) => e.text);
    expect(texts(2)).toEqual(["three", "two"]);
    expect(texts(9)).toEqual(["three", "two", "one"]);
  });

  test("the history of some terms is listed oldest first and not further than asked", () => {
    const line = (text: string, term: bigint) => sampleHistory(text, { term });
    const other = sampleHistory("other", { serverId: "other", term: 3n });
    const history = [line("a", 2n), line("b", 3n), other, line("c", 3n), line("d", 4n)];
    journal.commit({ ...noChange, history });
    const texts = (from: bigint, below: bigint | undefined, limit = 9) =>
      journal
        .listHistoryOfTerms("primary-1", { from, below, limit })
        .map(({ text }) => text)
        .join("");
    expect(texts(3n, 4n)).toBe("bc");
    expect(texts(3n, undefined)).toBe("bcd");
    expect(texts(0n, undefined, 2)).toBe("ab");
    expect(texts(5n, undefined)).toBe("");
  });

  test("the oldest of what is over is deleted beyond the maxima, never what load needs", () => {
    const retention = { signalsMax: 20, runsMax: 10, historyLinesMax: 30, surplusMax: 5 };
    reopen(retention);
    journal.commit({
      ...noChange,
      servers: [sampleServer({ takeoverRunId: "taken" })],
      runs: [sampleRun("unfinished", { state: "held" }), sampleRun("taken")],
    });
    for (let id = 1n; id <= 100n; id += 1n) {
      journal.commit({
        ...noChange,
        signals: [sampleSignal(id)],
        runs: [sampleRun(`run-${id}`)],
        history: [sampleHistory(`line ${id}`)],
      });
    }
    const signals = journal.listSignals({ serverId: "", limit: 1000, before: undefined });
    const runs = journal.listRuns({ serverId: "", limit: 1000, before: undefined });
    const history = journal.listHistory("primary-1", 1000);
    expect(signals[0]?.signalId).toBe(100n);
    expect(runs[0]?.run.runId).toBe("run-100");
    expect(history[0]?.text).toBe("line 100");
    // Unfinished and takeover runs come on top of the maximum.
    const excess = [signals.length - 20, runs.length - 10 - 2, history.length - 30];
    expect(Math.min(...excess)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...excess)).toBeLessThanOrEqual(retention.surplusMax);
    expect(journal.load().runs.map(({ runId }) => runId)).toEqual(["unfinished", "taken"]);
    journal.commit({ ...noChange, signals: [sampleSignal(101n)] });
    reopen(retention);
    expect(journal.load().lastSignalId).toBe(101n);
  });

  test("what people were told of readiness is kept, one entry for each server", () => {
    const told = {
      serverId: "primary-1",
      problems: [{ subject: "b/x", reason: "PORT_IN_USE", text: "in use", sinceWallMs: 5 }],
      over: [],
      wallMs: 7,
      mail: hugeTerm,
      isMailDue: true,
    };
    journal.saveReadiness([told, { ...told, serverId: "primary-2" }], [sampleHistory("told")]);
    journal.saveReadiness([{ ...told, isMailDue: false }], []);
    reopen();
    const byId = new Map(journal.loadReadiness().map((each) => [each.serverId, each]));
    expect(byId.get("primary-1")).toEqual({ ...told, isMailDue: false });
    expect(byId.get("primary-2")).toEqual({ ...told, serverId: "primary-2" });
    expect(journal.listHistory("primary-1", 5)[0]?.text).toBe("told");
  });
});

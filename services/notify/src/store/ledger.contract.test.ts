// What every ledger promises.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Message } from "../core/message.ts";
import type { Progress } from "../core/outbox.ts";
import type { Application, Ledger, Reading } from "../ports.ts";
import { openSqliteLedger } from "./sqlite.ts";

function application(key: string, fields: Partial<Application["letter"]> = {}): Application {
  const letter = {
    key,
    messageId: `<${key}@example.org>`,
    to: [{ name: "Anna", address: "anna@example.org" }],
    cc: [{ name: "", address: "ben@example.org" }],
    subject: "s",
    text: "t",
    html: "<p>",
    thread: "",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ...fields,
  };
  return { letter, fingerprint: `content of ${key}`, nowMs: 1000, outboxMax: 3 };
}

function settled(settledMs: number): Progress {
  return {
    state: "sent",
    acceptedMs: 1000,
    attempts: 2,
    pending: [],
    refused: ["ben@example.org"],
    hasTaken: true,
    lastAnswer: "250 ok",
    settledMs,
  };
}

function messageOf(reading: Reading | undefined): Message {
  if (reading?.isReadable !== true) throw new Error("no message was read");
  return reading.message;
}

const all = { state: undefined, before: undefined, limit: 100 };

describe.each([{ name: "sqlite", open: openSqliteLedger }])("$name ledger", ({ open }) => {
  let folder: string;
  let ledger: Ledger;
  const reopen = () => {
    ledger[Symbol.dispose]();
    ledger = open(join(folder, "notify.db"));
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "notify-ledger-"));
    ledger = open(join(folder, "notify.db"));
  });
  afterEach(() => {
    ledger[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  test("what was accepted is there after a restart, whole and queued", () => {
    expect(ledger.accept(application("k1"))).toBe("accepted");
    const { storeId } = ledger;
    reopen();
    expect(ledger.storeId).toBe(storeId);
    expect(ledger.find("k1")).toEqual({
      ...application("k1").letter,
      sequence: 1,
      inReplyTo: undefined,
      progress: {
        state: "queued",
        acceptedMs: 1000,
        attempts: 0,
        pending: ["anna@example.org", "ben@example.org"],
        refused: [],
        hasTaken: false,
        lastAnswer: "",
        nextAttemptMs: 1000,
      },
    });
  });

  test("a key is one message", () => {
    ledger.accept(application("k1"));
    expect(ledger.accept(application("k1"))).toBe("repeated");
    expect(ledger.accept({ ...application("k1"), fingerprint: "other" })).toBe("key_reused");
    expect(ledger.list(all)).toHaveLength(1);
  });

  test("a full outbox takes nothing more until something is settled", () => {
    for (const key of ["k1", "k2", "k3"]) ledger.accept(application(key));
    expect(ledger.accept(application("k4"))).toBe("outbox_full");
    expect(ledger.find("k4")).toBeUndefined();
    ledger.save(1, settled(2000));
    expect(ledger.accept(application("k4"))).toBe("accepted");
  });

  test("progress is there after a restart", () => {
    ledger.accept(application("k1"));
    ledger.save(1, settled(2000));
    reopen();
    expect(messageOf(ledger.read(1)).progress).toEqual(settled(2000));
    expect(ledger.listNext(10)).toEqual([]);
  });

  test("later messages of a thread reply to its first", () => {
    ledger.accept(application("k1", { thread: "incident" }));
    ledger.accept(application("k2", { thread: "incident" }));
    reopen();
    ledger.accept(application("k3", { thread: "incident" }));
    expect(ledger.list(all).map((each) => each.inReplyTo)).toEqual([
      "<k1@example.org>",
      "<k1@example.org>",
      undefined,
    ]);
  });

  test("the queued are told by the instant of their next attempt", () => {
    for (const key of ["k1", "k2", "k3"]) ledger.accept(application(key));
    const waiting = messageOf(ledger.read(1)).progress;
    if (waiting.state !== "queued") throw new Error("k1 is queued");
    ledger.save(1, { ...waiting, nextAttemptMs: 5000 });
    ledger.save(2, settled(2000));
    expect(ledger.listNext(10)).toEqual([
      { sequence: 3, nextAttemptMs: 1000 },
      { sequence: 1, nextAttemptMs: 5000 },
    ]);
    expect(ledger.listNext(1)).toHaveLength(1);
    ledger.advanceLaterThan(4000, 900);
    expect(ledger.listNext(1)).toEqual([{ sequence: 1, nextAttemptMs: 900 }]);
  });

  test("lists are newest first, by state, in pages that newer messages do not move", () => {
    for (const key of ["k1", "k2"]) ledger.accept(application(key));
    ledger.save(1, settled(2000));
    const keys = (filter: object) => ledger.list({ ...all, ...filter }).map((each) => each.key);
    expect(keys({})).toEqual(["k2", "k1"]);
    expect(keys({ state: "sent" })).toEqual(["k1"]);
    expect(keys({ state: "queued" })).toEqual(["k2"]);
    ledger.accept(application("k3"));
    expect(keys({ before: 2 })).toEqual(["k1"]);
    expect(keys({ limit: 1 })).toEqual(["k3"]);
  });

  test("what waits is counted, and the oldest of it told", () => {
    expect(ledger.queue()).toEqual({ count: 0, oldestMs: undefined });
    ledger.accept(application("k1"));
    ledger.accept({ ...application("k2"), nowMs: 5000 });
    expect(ledger.queue()).toEqual({ count: 2, oldestMs: application("k1").nowMs });
    ledger.save(1, settled(6000));
    expect(ledger.queue()).toEqual({ count: 1, oldestMs: 5000 });
  });

  test("what was settled long ago is removed, but its key is never free again", () => {
    for (const key of ["k1", "k2", "k3"]) ledger.accept(application(key));
    ledger.save(1, settled(2000));
    ledger.save(2, settled(3000));
    expect(ledger.removeSettled(3000, 10)).toBe(1);
    reopen();
    expect(ledger.find("k1")).toBeUndefined();
    expect(ledger.list(all).map((each) => each.key)).toEqual(["k3", "k2"]);
    expect(ledger.findKey("k1")).toEqual({
      fingerprint: "content of k1",
      messageId: "<k1@example.org>",
    });
    expect(ledger.accept(application("k1"))).toBe("repeated");
    expect(ledger.accept({ ...application("k1"), fingerprint: "other" })).toBe("key_reused");
  });

  test("removing is bounded", () => {
    for (const key of ["k1", "k2"]) ledger.accept(application(key));
    for (const sequence of [1, 2]) ledger.save(sequence, settled(2000));
    expect(ledger.removeSettled(9000, 1)).toBe(1);
    expect(ledger.list(all)).toHaveLength(1);
  });

  test("a ledger has one owner", () => {
    expect(() => open(join(folder, "notify.db"))).toThrow("another process is using it");
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openLog } from "@hot-backup/kit/log.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AttemptReport } from "./core/outbox.ts";
import { DeliveryMeter } from "./delivery-meter.ts";
import { Delivery, type DeliveryOptions } from "./loop.ts";
import type { Ledger, Mail } from "./ports.ts";
import { openSqliteLedger } from "./store/sqlite.ts";

const taken: AttemptReport = { outcome: "taken", answer: "250 ok", refusals: [] };
const unanswered: AttemptReport = { outcome: "unanswered", answer: "no route" };

let folder: string;
let ledger: Ledger;
let delivery: Delivery | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "notify-loop-"));
  ledger = openSqliteLedger(join(folder, "notify.db"));
});
afterEach(async () => {
  await delivery?.close(0);
  delivery = undefined;
  ledger[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function accept(key: string, nowMs = Date.now()): void {
  const letter = {
    key,
    messageId: `<${key}@example.org>`,
    to: [{ name: "", address: "anna@example.org" }],
    cc: [],
    subject: key,
    text: "t",
    html: undefined,
    thread: "",
    traceparent: "",
  };
  ledger.accept({ letter, fingerprint: key, nowMs, outboxMax: 100 });
}

function start(
  deliver: (mail: Mail) => Promise<AttemptReport>,
  options: Partial<DeliveryOptions> = {},
): Delivery {
  delivery = new Delivery({
    ledger,
    transport: { deliver, check: () => Promise.resolve(""), close: () => undefined },
    clock: { wallMs: () => Date.now() },
    chance: () => 0,
    log: openLog("notify", { server: "test", level: "fatal" }),
    meter: new DeliveryMeter(),
    backoff: { firstMs: 10, maxMs: 20 },
    policy: { giveUpAfterMs: 60_000 },
    attemptsMax: 2,
    ledgerKeepMs: 60_000,
    ...options,
  });
  delivery.wake();
  return delivery;
}

const stateOf = (key: string) => ledger.find(key)?.progress.state;
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

test("what an earlier process left is delivered", async () => {
  accept("k1");
  start(async () => taken);
  await until(() => expect(stateOf("k1")).toBe("sent"));
});

test("what is not taken is tried again until it is, always under the same Message-ID", async () => {
  const seen: string[] = [];
  const running = start(async ({ messageId }) => {
    seen.push(messageId);
    return seen.length < 4 ? unanswered : taken;
  });
  accept("k1");
  running.wake();
  await until(() => expect(stateOf("k1")).toBe("sent"));
  expect(seen).toEqual(Array(4).fill("<k1@example.org>"));
  expect(ledger.find("k1")?.progress.attempts).toBe(4);
});

test("the attempt is stored before the transport gets the mail", async () => {
  accept("k1");
  const stored: (number | undefined)[] = [];
  start(async () => {
    stored.push(ledger.find("k1")?.progress.attempts);
    return taken;
  });
  await until(() => expect(stored).toEqual([1]));
});

test("no more attempts run at once than the transport has connections", async () => {
  for (const key of ["k1", "k2", "k3", "k4", "k5"]) accept(key);
  const waiting: (() => void)[] = [];
  let most = 0;
  start(async () => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
    return taken;
  });
  for (let done = 0; done < 5; done += 1) {
    await until(() => expect(waiting.length).toBeGreaterThan(0));
    most = Math.max(most, waiting.length);
    waiting.shift()?.();
  }
  await until(() => expect(ledger.listNext(1)).toEqual([]));
  expect(most).toBe(2);
});

test("a mail that hangs does not hold the others up", async () => {
  for (const key of ["hangs", "k2", "k3"]) accept(key);
  start(({ key }) => (key === "hangs" ? new Promise(() => undefined) : Promise.resolve(taken)));
  await until(() => expect([stateOf("k2"), stateOf("k3")]).toEqual(["sent", "sent"]));
  expect(stateOf("hangs")).toBe("queued");
});

test("a message that cannot be read fails, and the others go on", async () => {
  for (const key of ["damaged", "k2", "k3"]) accept(key);
  using database = new DatabaseSync(join(folder, "notify.db"));
  database.exec("UPDATE messages SET recipients = '{' WHERE key = 'damaged'");
  start(async () => taken, { attemptsMax: 1 });
  await until(() => {
    expect(["damaged", "k2", "k3"].map(stateOf)).toEqual(["failed", "sent", "sent"]);
  });
  expect(ledger.listNext(1)).toEqual([]);
});

test("an answer that could not be stored at once never makes a second mail", async () => {
  accept("k1");
  let writes = 0;
  let mails = 0;
  const careless: Ledger = {
    ...ledger,
    save: (sequence, progress) => {
      writes += 1;
      // The first write is the attempt, the second its answer.
      if (writes === 2) throw new Error("disk full");
      ledger.save(sequence, progress);
    },
  };
  const deliver = async () => {
    mails += 1;
    return taken;
  };
  start(deliver, { ledger: careless });
  await until(() => expect(stateOf("k1")).toBe("sent"));
  expect(mails).toBe(1);
});

test("an attempt that could not be stored is not made", async () => {
  accept("k1");
  let writes = 0;
  let mails = 0;
  const careless: Ledger = {
    ...ledger,
    save: (sequence, progress) => {
      writes += 1;
      if (writes === 1) throw new Error("disk full");
      ledger.save(sequence, progress);
    },
  };
  const deliver = async () => {
    mails += 1;
    return taken;
  };
  start(deliver, { ledger: careless });
  await until(() => expect(stateOf("k1")).toBe("sent"));
  expect({ mails, writes }).toEqual({ mails: 1, writes: 3 });
});

test("a clock that was set back delays nothing beyond the longest pause", async () => {
  accept("k1", Date.now() + 86_400_000);
  start(async () => taken);
  await until(() => expect(stateOf("k1")).toBe("sent"));
});

test("what was settled long ago is removed", async () => {
  accept("old", 1000);
  start(async () => taken, { clock: { wallMs: () => 1000 } });
  await until(() => expect(stateOf("old")).toBe("sent"));
  await delivery?.close(0);
  start(async () => taken);
  await until(() => expect(ledger.find("old")).toBeUndefined());
});

test("closing waits for what runs, and begins nothing more", async () => {
  for (const key of ["k1", "k2"]) accept(key);
  let finish: (() => void) | undefined;
  const running = start(
    async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return taken;
    },
    { attemptsMax: 1 },
  );
  await until(() => expect(finish).toBeDefined());
  const closed = running.close(10_000);
  finish?.();
  await closed;
  expect([stateOf("k1"), stateOf("k2")]).toEqual(["sent", "queued"]);
});

test("closing waits no longer than its grace", async () => {
  accept("k1");
  let isRunning = false;
  const running = start(() => {
    isRunning = true;
    return new Promise(() => undefined);
  });
  await until(() => expect(isRunning).toBe(true));
  await running.close(20);
  expect(stateOf("k1")).toBe("queued");
});

test("attempts are counted by what the server said, and messages by how they ended", async () => {
  const meter = new DeliveryMeter();
  const reports: AttemptReport[] = [{ outcome: "unanswered", answer: "ECONNREFUSED" }, taken];
  accept("k1", Date.now() - 2_000);
  start(async () => reports.shift() ?? taken, { meter });
  await until(() => expect(meter.settled).toEqual({ sent: 1, partly: 0, failed: 0 }));
  expect(meter.attempts).toMatchObject({ unanswered: 1, taken: 1 });
  expect(meter.latencies.sumMs).toBeGreaterThanOrEqual(2_000);
});

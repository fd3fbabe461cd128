import { afterEach, expect, test, vi } from "vitest";
import { flushSpans, nameInstance, recordSpan, sendSpansTo, type SpanRecord } from "./spans.ts";
import { rootTrace } from "./trace.ts";

const span: SpanRecord = {
  trace: rootTrace("x"),
  parent: undefined,
  name: "run",
  kind: "internal",
  beganMs: 1,
  endedMs: 2,
  error: "",
  attributes: { "hot_backup.term": "7" },
};

afterEach(() => {
  sendSpansTo(undefined);
  vi.useRealTimers();
});

test("what is told where nobody listens is nothing", async () => {
  expect(() => recordSpan(span)).not.toThrow();
  expect(await flushSpans()).toBeUndefined();
});

test("everything that is told names the server instance", () => {
  const told: SpanRecord[] = [];
  sendSpansTo({ record: (each) => told.push(each), flush: () => Promise.resolve() });
  nameInstance("backup-1");
  recordSpan(span);
  const attributes = { "hot_backup.term": "7", "hot_backup.instance": "backup-1" };
  expect(told).toEqual([{ ...span, attributes }]);
});

test("a listener that throws is in nobody's way", async () => {
  const fail = () => {
    throw new Error("full");
  };
  sendSpansTo({ record: fail, flush: () => Promise.reject(new Error("gone")) });
  expect(() => recordSpan(span)).not.toThrow();
  expect(await flushSpans()).toBeUndefined();
});

test("a listener that never answers holds nothing up for long", async () => {
  vi.useFakeTimers();
  sendSpansTo({ record: () => undefined, flush: () => new Promise(() => undefined) });
  const flushed = vi.fn<() => void>();
  const flushing = flushSpans().then(flushed);
  await vi.advanceTimersByTimeAsync(999);
  expect(flushed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await flushing;
  expect(flushed).toHaveBeenCalledOnce();
});

import { expect, test } from "vitest";
import {
  decideLease,
  endLease,
  initialLease,
  isSameRight,
  type Lease,
  leaseEndsAtMs,
  passTime,
} from "./lease.ts";

const order = (term: bigint) => ({ serverId: "a", term, journalId: "j" });
const context = { bootMs: 1000, stopBudgetMs: 200, streamSerial: 0n, age: "equal" as const };
const grant = (term: bigint, deadlineMs: number) =>
  ({ kind: "deadline", order: order(term), deadlineMs }) as const;
const held = (term: bigint, deadlineMs: number): Lease => ({
  state: "held",
  order: order(term),
  deadlineMs,
  newestSerial: 0n,
});

test("within a term the deadline moves forward only", () => {
  const later = decideLease(held(1n, 2000), grant(1n, 2100), context).lease;
  expect(later).toMatchObject({ state: "held", deadlineMs: 2100 });
  expect(decideLease(later, grant(1n, 2050), context).lease).toBe(later);
});

test("a lease that has ended never lives again under its term", () => {
  const ended = endLease(held(3n, 2000), { order: order(3n), because: "stopped" });
  expect(decideLease(ended, grant(3n, 9000), context)).toEqual({
    lease: ended,
    refusedBecause: "LEASE_ENDED",
  });
  expect(decideLease(ended, grant(4n, 9000), context).lease.state).toBe("held");
});

test("every lease of an earlier life is over", () => {
  const lease = initialLease(order(7n));
  expect(lease).toMatchObject({ state: "ended", order: order(7n) });
  expect(decideLease(lease, grant(7n, 9000), context).refusedBecause).toBe("LEASE_ENDED");
});

test("a lease ends when its stop budget begins, on the late side of a coarse clock", () => {
  const lease = held(1n, 2000);
  expect(leaseEndsAtMs(lease, 200)).toBe(1790);
  expect(passTime(lease, { bootMs: 1789, stopBudgetMs: 200 })).toBe(lease);
  expect(passTime(lease, { bootMs: 1790, stopBudgetMs: 200 }).state).toBe("ended");
});

test("a first grant on the brink is refused without ending its term", () => {
  const none = initialLease(undefined);
  const late = decideLease(none, grant(2n, 1210), context);
  expect(late).toEqual({ lease: none, refusedBecause: "TOO_LATE" });
  expect(decideLease(late.lease, grant(2n, 1211), context).lease.state).toBe("held");
});

test("a stale order changes nothing", () => {
  const lease = held(5n, 2000);
  for (const decision of [
    grant(4n, 9000),
    { kind: "withdraw", order: order(4n), because: "x" } as const,
  ]) {
    const decided = decideLease(lease, decision, { ...context, age: "stale" });
    expect(decided).toEqual({ lease, refusedBecause: "STALE_TERM" });
  }
});

test("a withdrawn lease bars the term of its order, even where none was held", () => {
  const withdraw = { kind: "withdraw", order: order(6n), because: "switchover" } as const;
  const { lease } = decideLease(initialLease(undefined), withdraw, context);
  expect(lease).toMatchObject({ state: "ended", because: "switchover" });
  expect(decideLease(lease, grant(6n, 9000), context).refusedBecause).toBe("LEASE_ENDED");
});

test("a cut brings a long release down, and refuses what older streams still deliver", () => {
  const cut = decideLease(
    held(1n, 600_000),
    { kind: "cut", deadlineMs: 1750 },
    { ...context, streamSerial: 9n },
  ).lease;
  expect(cut).toMatchObject({ state: "held", deadlineMs: 1750, newestSerial: 9n });
  const revived = decideLease(cut, grant(1n, 600_000), { ...context, streamSerial: 8n });
  expect(revived).toEqual({ lease: cut, refusedBecause: "OLD_STREAM" });
});

test("a report on a new stream is not overtaken by what an older one still delivers", () => {
  const probed = decideLease(held(1n, 1750), { kind: "probe" }, { ...context, streamSerial: 9n });
  expect(isSameRight(probed.lease, held(1n, 1750))).toBe(true);
  const late = decideLease(probed.lease, grant(1n, 600_000), { ...context, streamSerial: 8n });
  expect(late).toEqual({ lease: probed.lease, refusedBecause: "OLD_STREAM" });
});

test("a withdrawal counts on whatever stream it comes", () => {
  const cut: Lease = { ...held(1n, 2000), newestSerial: 9n };
  const withdraw = { kind: "withdraw", order: order(2n), because: "switchover" } as const;
  const decided = decideLease(cut, withdraw, { ...context, streamSerial: 8n, age: "newer" });
  expect(decided).toMatchObject({ lease: { state: "ended" }, refusedBecause: undefined });
});

test("a cut never moves a deadline forward, and one inside the stop budget ends the lease", () => {
  const far = { kind: "cut", deadlineMs: 9000 } as const;
  expect(decideLease(held(1n, 2000), far, context).lease).toMatchObject({ deadlineMs: 2000 });
  const near = { kind: "cut", deadlineMs: 1100 } as const;
  expect(decideLease(held(1n, 2000), near, context).lease.state).toBe("ended");
});

test("a held lease goes on under a higher term, with the deadline of that term", () => {
  const next = decideLease(held(1n, 5000), grant(2n, 3000), context).lease;
  expect(next).toMatchObject({ state: "held", order: order(2n), deadlineMs: 3000 });
});

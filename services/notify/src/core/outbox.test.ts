import { expect, test } from "vitest";
import { type AttemptReport, enqueue, isPermanent, type Progress, step } from "./outbox.ts";

const anna = "anna@example.org";
const ben = "ben@example.org";
const policy = { giveUpAfterMs: 10_000 };
const queued = enqueue([anna, ben], 0);

function end(state: Progress, report: AttemptReport, nowMs = 100): Progress {
  return step(state, { kind: "attempt_ended", nowMs, pauseMs: 50, report }, policy).state;
}

const taken: AttemptReport = { outcome: "taken", answer: "250 ok", refusals: [] };
const unanswered: AttemptReport = { outcome: "unanswered", answer: "no route" };

test("an attempt is counted and the next one dated before it is made", () => {
  const { state, effects } = step(
    queued,
    { kind: "attempt_fell_due", nowMs: 7, pauseMs: 50 },
    policy,
  );
  expect(state).toEqual({ ...queued, attempts: 1, nextAttemptMs: 57 });
  expect(effects).toEqual([{ kind: "deliver", recipients: [anna, ben] }]);
});

test("a message is sent when the server has taken it for everybody", () => {
  expect(end(queued, taken)).toMatchObject({ state: "sent", settledMs: 100, refused: [] });
});

test("no answer is tried again for everybody", () => {
  expect(end(queued, unanswered)).toMatchObject({
    state: "queued",
    nextAttemptMs: 150,
    pending: [anna, ben],
    lastAnswer: "no route",
  });
});

test("who was refused for good while others were accepted is told; the message is sent", () => {
  const refusals = [{ recipient: ben, code: 550 }];
  expect(end(queued, { ...taken, refusals })).toMatchObject({ state: "sent", refused: [ben] });
});

test("who was refused for now while others were accepted is tried again, alone", () => {
  const refusals = [{ recipient: ben, code: 451 }];
  const state = end(queued, { ...taken, refusals });
  expect(state).toMatchObject({ state: "queued", pending: [ben], hasTaken: true });
  const next = step(state, { kind: "attempt_fell_due", nowMs: 200, pauseMs: 50 }, policy);
  expect(next.effects).toEqual([{ kind: "deliver", recipients: [ben] }]);
  expect(end(next.state, taken)).toMatchObject({ state: "sent", refused: [] });
});

test("a message that everybody was refused for good has failed", () => {
  const refusals = [anna, ben].map((recipient) => ({ recipient, code: 550 }));
  const state = end(queued, { outcome: "all_refused", answer: "550 no", refusals });
  expect(state).toMatchObject({ state: "failed", refused: [anna, ben], hasTaken: false });
});

test("of all refused recipients only those refused for now are tried again", () => {
  const refusals = [
    { recipient: anna, code: 451 },
    { recipient: ben, code: 550 },
  ];
  const state = end(queued, { outcome: "all_refused", answer: "451 later", refusals });
  expect(state).toMatchObject({ state: "queued", pending: [anna], refused: [ben] });
});

test("content refused for good fails the message; content refused for now does not", () => {
  const refused = { outcome: "message_refused", answer: "no", refusals: [] } as const;
  expect(end(queued, { ...refused, code: 554 })).toMatchObject({ state: "failed" });
  expect(end(queued, { ...refused, code: 452 })).toMatchObject({ state: "queued" });
});

test("a message that some have got is sent, though the others are refused later", () => {
  const first = end(queued, { ...taken, refusals: [{ recipient: ben, code: 451 }] });
  const refused = { outcome: "message_refused", answer: "no", code: 550, refusals: [] } as const;
  expect(end(first, refused)).toMatchObject({ state: "sent", refused: [ben] });
});

test("a message that has hardly been tried is not given up, however old it is", () => {
  // The service was away for days, or its clock leapt.
  const late = { ...queued, attempts: 7 };
  expect(end(late, unanswered, 99_999)).toMatchObject({ state: "queued", pending: [anna, ben] });
});

test("a message is given up after a failed attempt past its age, and not before one", () => {
  const tried = { ...queued, attempts: 8 };
  expect(end(tried, unanswered, 9_999)).toMatchObject({ state: "queued" });
  expect(end(tried, unanswered, 10_000)).toMatchObject({
    state: "failed",
    refused: [anna, ben],
    lastAnswer: "given up after 8 attempts: no route",
  });
  expect(end(queued, taken, 99_999)).toMatchObject({ state: "sent" });
  const due = step(queued, { kind: "attempt_fell_due", nowMs: 99_999, pauseMs: 1 }, policy);
  expect(due.effects).toHaveLength(1);
});

test("nothing changes a message that is settled", () => {
  const sent = end(queued, taken);
  for (const report of [taken, unanswered]) expect(end(sent, report, 500)).toBe(sent);
  const due = step(sent, { kind: "attempt_fell_due", nowMs: 500, pauseMs: 1 }, policy);
  expect(due).toEqual({ state: sent, effects: [] });
});

test.each([
  { code: 421, permanent: false },
  { code: 450, permanent: false },
  { code: 503, permanent: false },
  { code: 530, permanent: false },
  { code: 535, permanent: false },
  { code: 550, permanent: true },
  { code: 554, permanent: true },
])("reply code $code is the last word: $permanent", ({ code, permanent }) => {
  expect(isPermanent(code)).toBe(permanent);
});

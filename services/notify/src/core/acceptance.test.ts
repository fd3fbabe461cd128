import { expect, test } from "vitest";
import { judgeAcceptance } from "./acceptance.ts";

const roomy = { fingerprint: "a", known: undefined, queuedCount: 0, outboxMax: 1 };

test("a new key is accepted while there is room", () => {
  expect(judgeAcceptance(roomy)).toBe("accepted");
  expect(judgeAcceptance({ ...roomy, queuedCount: 1 })).toBe("outbox_full");
});

test("a known key is one message: repeated with the same content, refused with other", () => {
  expect(judgeAcceptance({ ...roomy, known: { fingerprint: "a" } })).toBe("repeated");
  expect(judgeAcceptance({ ...roomy, known: { fingerprint: "b" } })).toBe("key_reused");
});

test("repeating a request is harmless even when the outbox is full", () => {
  const full = { ...roomy, queuedCount: 1 };
  expect(judgeAcceptance({ ...full, known: { fingerprint: "a" } })).toBe("repeated");
});

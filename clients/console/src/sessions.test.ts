import { expect, test } from "vitest";
import { Sessions } from "./sessions.ts";

const ada = { name: "ada", role: "operator" } as const;

test("a cookie says who it is of, until it ends", () => {
  let wallMs = 1000;
  const sessions = new Sessions({ lengthMs: 500, wallMs: () => wallMs, nowMs: () => 0 });
  const { cookie, person } = sessions.begin(ada);
  expect(person).toEqual({ ...ada, by: "token", untilAtMs: 1500 });
  expect(sessions.read(cookie)).toEqual(person);
  wallMs = 1500;
  expect(sessions.read(cookie)).toBeUndefined();
});

test("a wall clock that is set back makes no session longer", () => {
  let wallMs = 1000;
  let nowMs = 0;
  const sessions = new Sessions({ lengthMs: 500, wallMs: () => wallMs, nowMs: () => nowMs });
  const { cookie } = sessions.begin(ada);
  wallMs = 0;
  nowMs = 499;
  expect(sessions.read(cookie)).toBeDefined();
  nowMs = 500;
  expect(sessions.read(cookie)).toBeUndefined();
});

test("a session that was ended is over for every copy of its cookie, and no other is", () => {
  const sessions = new Sessions({ lengthMs: 500, wallMs: () => 0, nowMs: () => 0 });
  const [one, other] = [sessions.begin(ada).cookie, sessions.begin(ada).cookie];
  sessions.end(one);
  sessions.end("nobody's");
  expect(sessions.read(one)).toBeUndefined();
  expect(sessions.read(other)).toBeDefined();
});

test("another process vouches for nobody whom this one let in", () => {
  const options = { lengthMs: 500, wallMs: () => 0, nowMs: () => 0 };
  const { cookie } = new Sessions(options).begin(ada);
  expect(new Sessions(options).read(cookie)).toBeUndefined();
});

test.each(["", ".", "a.b", "a.b.c", "e30.", "e30.AAAA", "…", "x".repeat(10_000)])(
  "%j is nobody's cookie",
  (cookie) => {
    const sessions = new Sessions({ lengthMs: 500, wallMs: () => 0, nowMs: () => 0 });
    expect(sessions.read(cookie)).toBeUndefined();
  },
);

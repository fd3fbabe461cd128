import { expect, test } from "vitest";
import { Sessions } from "./sessions.ts";

const ada = { name: "ada", role: "operator" } as const;

test("a cookie says who it is of, until it ends", () => {
  let wallMs = 1000;
  const sessions = new Sessions({ lengthMs: 500, wallMs: () => wallMs });
  const { cookie, person } = sessions.begin(ada);
  expect(person).toEqual({ ...ada, by: "token", untilAtMs: 1500 });
  expect(sessions.read(cookie)).toEqual(person);
  wallMs = 1500;
  expect(sessions.read(cookie)).toBeUndefined();
});

test("another process vouches for nobody whom this one let in", () => {
  const options = { lengthMs: 500, wallMs: () => 0 };
  const { cookie } = new Sessions(options).begin(ada);
  expect(new Sessions(options).read(cookie)).toBeUndefined();
});

test.each(["", ".", "a.b", "a.b.c", "e30.", "e30.AAAA", "…", "x".repeat(10_000)])(
  "%j is nobody's cookie",
  (cookie) => {
    const sessions = new Sessions({ lengthMs: 500, wallMs: () => 0 });
    expect(sessions.read(cookie)).toBeUndefined();
  },
);

import { expect, test } from "vitest";
import { wantsColours } from "./paint.ts";

test.each([
  { isTerminal: true, environment: { TERM: "xterm" }, wants: true },
  { isTerminal: false, environment: { TERM: "xterm" }, wants: false },
  { isTerminal: true, environment: { TERM: "xterm", NO_COLOR: "1" }, wants: false },
  { isTerminal: true, environment: { TERM: "xterm", NO_COLOR: "" }, wants: true },
  { isTerminal: true, environment: { TERM: "dumb" }, wants: false },
])("colours on a terminal only, and NO_COLOR is respected: %o", (given) => {
  expect(wantsColours(given.isTerminal, given.environment)).toBe(given.wants);
});

// Rules of the memory of sent messages.

import { expect, test } from "vitest";
import { remember, takeAnswered, type Unanswered, unansweredMax } from "./unanswered.ts";

function sendUpTo(last: number): Unanswered {
  let unanswered: Unanswered = [];
  for (let sequence = 1; sequence <= last; sequence += 1) {
    unanswered = remember(unanswered, {
      sequence,
      acknowledged: 0,
      nowMs: sequence,
      bootMs: sequence * 10,
    });
  }
  return unanswered;
}

test("an answer takes its message and all before it away", () => {
  const taken = takeAnswered(sendUpTo(5), 3);
  expect(taken?.sent).toMatchObject({ sequence: 3, nowMs: 3, bootMs: 30 });
  expect(taken?.rest.map(({ sequence }) => sequence)).toEqual([4, 5]);
});

test("what is remembered has a maximum, and the oldest goes first", () => {
  const unanswered = sendUpTo(unansweredMax + 1);
  expect(unanswered).toHaveLength(unansweredMax);
  expect(takeAnswered(unanswered, 1)).toBeUndefined();
  expect(takeAnswered(unanswered, unansweredMax + 1)?.rest).toEqual([]);
});

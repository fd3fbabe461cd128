import { describe, expect, test } from "vitest";
import type { SignalView } from "../../src/view/signal.ts";
import { makeSignal } from "../stream/views.fixture.ts";
import { passes, readFilter } from "./signal-filter.ts";

const signal = (fields: Partial<SignalView> = {}) =>
  makeSignal({ signal: "DEAD", atMs: 10_000_000, ...fields });

const filterOf = (query: string) => readFilter(new URLSearchParams(query));
const nowMs = 20_000_000;

describe("the filter of the address", () => {
  test("without one, everything is shown", () => {
    expect(passes(signal({}), filterOf(""), nowMs)).toBe(true);
  });

  test("part of a server's id is enough, in capitals or not", () => {
    expect(passes(signal({}), filterOf("server=MARY-1"), nowMs)).toBe(true);
    expect(passes(signal({}), filterOf("server=other"), nowMs)).toBe(false);
  });

  test("one signal is told from another", () => {
    expect(passes(signal({}), filterOf("signal=DEAD"), nowMs)).toBe(true);
    expect(passes(signal({}), filterOf("signal=LIVE"), nowMs)).toBe(false);
  });

  test("what is older than the span is left out", () => {
    expect(passes(signal({}), filterOf("within=24h"), nowMs)).toBe(true);
    expect(passes(signal({}), filterOf("within=1h"), nowMs)).toBe(false);
  });

  test("what means nothing filters nothing", () => {
    expect(passes(signal({}), filterOf("signal=SLEEP&within=__proto__"), nowMs)).toBe(true);
  });
});

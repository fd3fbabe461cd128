import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { definitionOf } from "../core/state.fixture.ts";
import { programOptions } from "./environment.ts";

const settings = { serverId: "a", storeId: "s", dataFolder: tmpdir() };
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

function environmentOf(traced: { traceparent?: string; named?: string }): Record<string, string> {
  const plain = definitionOf("orders");
  const environment = traced.named === undefined ? {} : { TRACEPARENT: traced.named };
  const definition = { ...plain, runtime: { ...plain.runtime, environment } };
  const { named: _, ...given } = traced;
  return programOptions(settings, { definition, order: undefined, runId: "r", ...given }).env;
}

test("a program knows the trace of its start, if there is one", () => {
  expect(environmentOf({ traceparent })["TRACEPARENT"]).toBe(traceparent);
  expect(environmentOf({})).not.toHaveProperty("TRACEPARENT");
});

test("a trace that the definition names is the one that counts", () => {
  expect(environmentOf({ traceparent, named: "mine" })["TRACEPARENT"]).toBe("mine");
});

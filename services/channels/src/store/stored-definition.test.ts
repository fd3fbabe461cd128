import { expect, test } from "vitest";
import { definitionOf } from "../core/state.fixture.ts";
import { readDefinition, writeDefinition } from "./stored-definition.ts";

test("a definition is read as it was written", () => {
  const checks = [
    { kind: "none" },
    { kind: "tcp", address: "127.0.0.1:1" },
    { kind: "http", url: "http://127.0.0.1:1/" },
    { kind: "command", command: ["true"] },
  ] as const;
  for (const check of checks) {
    const readiness = { check, timeoutMs: 1, intervalMs: 2 };
    for (const protectedBy of [undefined, "a"]) {
      const definition = definitionOf("c", { protectedBy, readiness });
      expect(readDefinition("c", writeDefinition(definition))).toStrictEqual(definition);
    }
  }
});

test("a damaged definition is named, and never run", () => {
  const { runtime: _, ...damaged } = definitionOf("c");
  for (const text of [JSON.stringify(damaged), "{", "null"]) {
    expect(() => readDefinition("c", text)).toThrow(
      'Cannot read the definition of channel "c" in the store',
    );
  }
});

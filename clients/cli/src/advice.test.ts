import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { advice, adviceFor } from "./advice.ts";
import { complete } from "./completion/complete.ts";
import { createProgram } from "./program.ts";

const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");

// Names of gRPC status codes stand for reasons where a service gave none.
const codes = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "UNIMPLEMENTED"];

test("advice is given for reasons that there are", () => {
  for (const reason of Object.keys(advice).filter((each) => !codes.includes(each))) {
    expect(page).toMatch(new RegExp(`^\\| ${reason} \\|`, "m"));
  }
});

test("every command that advice names is one", async () => {
  const program = createProgram(() => Promise.resolve());
  const nobody = {
    servers: () => Promise.resolve([]),
    watched: () => Promise.resolve(undefined),
    profiles: () => [],
  };
  for (const line of Object.values(advice)) {
    for (const [, words = ""] of line.matchAll(
      /hot-backup ([a-z-]+(?: (?:list|set|clear|test|start|stop)\b)?)/g,
    )) {
      const typed = words.split(" ");
      expect((await complete(program, typed, nobody)).words, line).toContain(typed.at(-1));
    }
  }
});

test("a reason that is not listed leads to the page that has it", () => {
  expect(adviceFor("toString")).toBe("docs/errors.md says what toString means and what to do");
});

import { ConfigError } from "@hot-backup/kit/config.ts";
import { expect, test } from "vitest";
import { toProblem } from "./problem.ts";

test("of ten thousand mistakes a page is told the first hundred, and how many there are", () => {
  const problems = Array.from({ length: 10_000 }, (_, index) => {
    return { where: `definitions:${index + 1}:1`, key: "x", message: "no such key" };
  });
  const view = toProblem(new ConfigError(problems))?.view;
  expect(view?.message).toBe(
    "Bad input: 10000 things are wrong in it, of which these are the first",
  );
  expect(view?.violations).toHaveLength(100);
  expect(view?.violations[99]).toMatchObject({ line: 100 });
});

// The words of standby readiness are a contract with operators: what a service can say, the page
// explains, and the mail says what to do about.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { adviceByReason } from "../services/notify/src/templates/readiness-advice.ts";

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");

/** Every word that the code can give as a reason. */
function saidIn(file: string): string[] {
  return Array.from(read(file).matchAll(/"([A-Z]+(?:_[A-Z]+)*)"/g), ([, word = ""]) => word).filter(
    (word) => word !== "DEAD",
  );
}

const said = new Set([
  ...saidIn("services/channels/src/core/start-problem.ts"),
  ...saidIn("services/monitor/src/core/standby-readiness.ts"),
]);
const section = /^## Is the backup ready\?$(?<text>[\s\S]*?)^## /m;
const page = section.exec(read("docs/operations.md"))?.groups?.["text"] ?? "";
const explained = new Set(Array.from(page.matchAll(/^\| ([A-Z_]+) \|/gm), ([, word]) => word));

test("the page explains every reason that a service can say, and no other", () => {
  expect(said.size).toBeGreaterThan(20);
  expect(explained).toEqual(said);
});

test("the mail says what to do about every reason", () => {
  expect(Object.keys(adviceByReason).toSorted()).toEqual([...said].toSorted());
});

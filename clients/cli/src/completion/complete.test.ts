import { expect, test } from "vitest";
import { createProgram } from "../program.ts";
import { complete } from "./complete.ts";

const program = createProgram(() => Promise.resolve());
const names = {
  servers: () => Promise.resolve(["primary-1", "backup-1"]),
  profiles: () => ["local", "production"],
};
const offer = (...words: string[]) => complete(program, words, names);

test.each([
  [["ch"], ["channels"]],
  [
    ["channels", "st"],
    ["start", "stop"],
  ],
  [
    ["explain", ""],
    ["backup-1", "primary-1"],
  ],
  [["switchover", "pri"], ["primary-1"]],
  [["confirm-stopped", "primary-1", "b"], ["backup-1"]],
  [
    ["channels", "list", "--server", ""],
    ["backup-1", "primary-1"],
  ],
  [["override", "orders", "--on", "b"], ["backup-1"]],
  [
    ["flow", "test", "--signal", ""],
    ["CLOSE", "DEAD", "LIVE"],
  ],
  [["explain", "primary-1", "--signal", ""], []],
  [["mail", "list", "--state", "f"], ["failed"]],
  [["--profile", "p"], ["production"]],
  [["status", "--js"], ["--json"]],
  [["failback", "primary-1", "--rea"], ["--reason"]],
  // A free text, and files, which the shell knows.
  [["failback", "primary-1", "--reason", ""], []],
  [["channels", "deploy", ""], []],
])("%j is completed with %j", async (words, offered) => {
  expect(await offer(...words)).toEqual(offered);
});

test("what is only for shells is not offered", async () => {
  expect(await offer("comp")).toEqual(["completion"]);
});

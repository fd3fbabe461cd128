// docs/cli.md is held to the commands: a command or an option that is not there cannot be found.

import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { exitCodes } from "./exit-code.ts";
import { createProgram } from "./program.ts";

const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
const sections = page.split(/^##+ /m);

/** The commands that do something, each with its whole name. */
function leaves(command: Command, path: string): [string, Command][] {
  const visible = command.createHelp().visibleCommands(command);
  const children = visible.filter((each) => each.name() !== "help");
  if (children.length === 0) return [[path, command]];
  return children.flatMap((each) => leaves(each, `${path} ${each.name()}`));
}

const program = createProgram(() => Promise.resolve());

test.each(leaves(program, "hot-backup"))(
  "the page tells of %s, with every option",
  (path, command) => {
    const name = new RegExp(`^\`${path}(?: [A-Z…]+)*\``);
    const section = sections.find((each) => name.test(each));
    expect(section).toBeDefined();
    for (const { long } of command.options) {
      // Those that several commands share are told once for all of them.
      const isShared = ["--yes", "--server", "--reason"].includes(long ?? "");
      expect(isShared ? page : section).toContain(long);
    }
  },
);

test("the page tells of the options of all commands", () => {
  for (const { long } of program.options) expect(page).toContain(long);
});

test("the page tells of every exit code", () => {
  for (const code of Object.values(exitCodes))
    expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
});

// What can be typed next, from the tree of commands: the shells ask for it while somebody types, so
// that no list of words has to be kept beside the commands.

import type { Command, Option } from "commander";

/** What only the profile or a service knows. */
export interface KnownNames {
  servers(): Promise<readonly string[]>;
  profiles(): readonly string[];
}

/** What an option or an argument takes, by its name. */
const values: Readonly<Record<string, readonly string[]>> = {
  signal: ["LIVE", "DEAD", "CLOSE"],
  state: ["queued", "sent", "failed"],
  shell: ["bash", "zsh", "fish"],
};

/** Names of options and arguments that stand for a server. */
const serverNames = new Set(["server", "on", "of", "target"]);

/**
 * What the last word can become; nothing where the shell should offer files.
 * @param words what has been typed after the name of the program; the last one is being typed
 */
export async function complete(
  program: Command,
  words: readonly string[],
  names: KnownNames,
): Promise<readonly string[]> {
  const typed = words.at(-1) ?? "";
  const { command, expected, argumentCount } = walk(program, words.slice(0, -1));
  const found = await candidates();
  return found.filter((each) => each.startsWith(typed)).toSorted();

  async function candidates(): Promise<readonly string[]> {
    // Ids are known to services only, and too many to offer.
    if (expected?.flags.endsWith("-id>") === true) return [];
    if (expected !== undefined) return valuesOf(expected.attributeName(), names);
    if (typed.startsWith("-")) return optionsOf(program, command);
    const subcommands = visibleNames(command);
    if (subcommands.length > 0) return subcommands;
    const argument = command.registeredArguments[argumentCount] ?? lastVariadic(command);
    return argument === undefined ? [] : valuesOf(argument.name(), names);
  }
}

/** Where the words lead: the command, the option that waits for its value, arguments given. */
function walk(program: Command, words: readonly string[]) {
  let command = program;
  let expected: Option | undefined;
  let argumentCount = 0;
  for (const word of words) {
    if (expected !== undefined) {
      expected = undefined;
    } else if (word.startsWith("-")) {
      const option = [...command.options, ...program.options].find(
        ({ short, long }) => word === short || word === long,
      );
      expected = option?.required === true ? option : undefined;
    } else {
      const next = command.commands.find((each) => each.name() === word);
      if (next === undefined) argumentCount += 1;
      else command = next;
    }
  }
  return { command, expected, argumentCount };
}

function valuesOf(name: string, names: KnownNames): Promise<readonly string[]> {
  if (serverNames.has(name)) return names.servers();
  if (name === "profile") return Promise.resolve(names.profiles());
  return Promise.resolve(values[name] ?? []);
}

function optionsOf(program: Command, command: Command): readonly string[] {
  const options = [...new Set([...command.options, ...program.options])];
  return [...options.flatMap((each) => each.long ?? []), "--help"];
}

function visibleNames(command: Command): readonly string[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((each) => each.name());
}

function lastVariadic(command: Command) {
  const last = command.registeredArguments.at(-1);
  return last?.variadic === true ? last : undefined;
}

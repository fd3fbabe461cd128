// What can be typed next, from the tree of commands: the shells ask for it while somebody types, so
// that no list of words has to be kept beside the commands.

import {
  Assignment,
  type Server,
  ServerState,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Command, Option } from "commander";

/** What only the profile or a service knows. */
export interface KnownNames {
  /** Every server that has a name, whoever tells it. */
  servers(): Promise<readonly string[]>;
  /** Those that monitors watch. Undefined: no monitor answers. */
  watched(): Promise<readonly Server[] | undefined>;
  profiles(): readonly string[];
}

/** What can be typed. */
export interface Offer {
  readonly words: readonly string[];
  /** Whether the name of a file can be. */
  readonly takesFiles: boolean;
}

/** What an option or an argument takes, by its name. */
const values: Readonly<Record<string, readonly string[]>> = {
  signal: ["LIVE", "DEAD", "CLOSE"],
  state: ["queued", "sent", "failed"],
  shell: ["bash", "zsh", "fish"],
};

/** Names of options and arguments that stand for a server. */
const serverNames = new Set(["server", "on", "of"]);

/** Names of arguments that stand for a file on this machine. */
const fileNames = new Set(["file"]);

/** Which servers a command applies to now. Those that are not listed apply to all. */
const applies: ReadonlyMap<string, (server: Server) => boolean> = new Map([
  ["switchover", isAtHome],
  ["drill", isAtHome],
  ["failback", ({ assignment }) => assignment === Assignment.ASSIGNMENT_BACKUP],
  ["clear", ({ maintenance }) => maintenance !== undefined],
  ["confirm-stopped", (server) => waitedFor(server).length > 0],
]);

function isAtHome({ state, assignment }: Server): boolean {
  const isLive = state === ServerState.SERVER_STATE_LIVE;
  return isLive && assignment === Assignment.ASSIGNMENT_PRIMARY;
}

/** Targets whose word the gate waits for. */
function waitedFor({ assignment, targets }: Server): readonly string[] {
  if (assignment !== Assignment.ASSIGNMENT_NOBODY) return [];
  return targets.filter(({ confirmed }) => !confirmed).map(({ name }) => name);
}

/**
 * What the last word can become.
 * @param words what has been typed after the name of the program; the last one is being typed
 */
export async function complete(
  program: Command,
  words: readonly string[],
  names: KnownNames,
): Promise<Offer> {
  const typed = words.at(-1) ?? "";
  const { command, expected, given } = walk(program, words.slice(0, -1));
  const argument = command.registeredArguments[given.length] ?? lastVariadic(command);
  const found = await candidates();
  return {
    words: found.filter((each) => each.startsWith(typed)).toSorted(),
    takesFiles: expected === undefined && fileNames.has(argument?.name() ?? ""),
  };

  async function candidates(): Promise<readonly string[]> {
    // Ids are known to services only, and too many to offer.
    if (expected?.flags.endsWith("-id>") === true) return [];
    if (expected !== undefined) return valuesOf(expected.attributeName(), names);
    if (typed.startsWith("-")) return optionsOf(program, command);
    const subcommands = visibleNames(command);
    if (subcommands.length > 0) return subcommands;
    if (argument?.name() === "server") return serversFor(command.name(), names);
    if (argument?.name() === "target") return targetsOf(given[0] ?? "", names);
    return argument === undefined ? [] : valuesOf(argument.name(), names);
  }
}

async function serversFor(command: string, names: KnownNames): Promise<readonly string[]> {
  const isMeant = applies.get(command);
  const watched = isMeant && (await names.watched());
  // What nobody tells is not guessed: any server may be meant.
  if (isMeant === undefined || watched === undefined) return names.servers();
  return watched.filter(isMeant).map(({ serverId }) => serverId);
}

async function targetsOf(serverId: string, names: KnownNames): Promise<readonly string[]> {
  const watched = await names.watched();
  const server = watched?.find((each) => each.serverId === serverId);
  return server === undefined ? [] : waitedFor(server);
}

/** Where the words lead: the command, the option that waits for its value, arguments given. */
function walk(program: Command, words: readonly string[]) {
  let command = program;
  let expected: Option | undefined;
  const given: string[] = [];
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
      if (next === undefined) given.push(word);
      else command = next;
    }
  }
  return { command, expected, given };
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

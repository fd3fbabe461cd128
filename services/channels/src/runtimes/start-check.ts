// Whether programs could start now, without starting one: their users, folders, files and ports.

import type { Definition, ReadinessCheck } from "../core/definition.ts";
import type { StartProblem } from "../core/start-problem.ts";
import { folderOf, pathOf, type ProgramSettings } from "./environment.ts";
import { isListening, readListeners } from "./listening-ports.ts";
import { checkPrograms, type Found, type Program, unfinished } from "./program-check.ts";

/** How long one check may take: more than a thousand programs need on a machine that is starved. */
const checkMsMax = 5_000;

/** Users whose files are looked at at once. */
const usersAtOnce = 4;

type Problems = Map<string, StartProblem[]>;

/** Checks definitions, again and again. */
export class StartChecker {
  readonly #settings: ProgramSettings;
  /**
   * Ends of the process of each user that has one: where a disk hangs, one process hangs and no
   * more.
   */
  readonly #ends = new Map<string, Promise<void>>();

  constructor(settings: ProgramSettings) {
    this.#settings = settings;
  }

  /** What keeps each of them from starting, by name. None: nothing that can be seen. */
  async check(
    definitions: readonly Definition[],
  ): Promise<ReadonlyMap<string, readonly StartProblem[]>> {
    const problems: Problems = new Map();
    await Promise.all([this.#checkFiles(definitions, problems), checkPorts(definitions, problems)]);
    return problems;
  }

  async #checkFiles(definitions: readonly Definition[], problems: Problems): Promise<void> {
    const endMs = performance.now() + checkMsMax;
    const byUser = Map.groupBy(definitions, ({ runtime }) => runtime.user).entries();
    const work = async () => {
      for (const [user, theirs] of byUser) {
        const needs = theirs.flatMap((each) => needsOf(this.#settings, each));
        // Channels often share their programs: each is looked at once.
        const byProgram = [
          ...Map.groupBy(needs, ({ program }) => JSON.stringify(program)).values(),
        ];
        const programs = byProgram.flatMap(([first]) => first?.program ?? []);
        const found = await this.#checkAs(user, programs, endMs);
        for (const [index, sharing] of byProgram.entries()) {
          for (const { channel } of sharing) add(problems, channel, found[index]);
        }
      }
    };
    await Promise.all(Array.from({ length: usersAtOnce }, work));
  }

  // Whoever asks meanwhile has its turn: a process of somebody else's says nothing about a disk.
  async #checkAs(user: string, programs: readonly Program[], endMs: number): Promise<Found> {
    for (let before = this.#ends.get(user); before !== undefined; before = this.#ends.get(user)) {
      if (!(await isOver(before, endMs))) return programs.map(() => unfinished);
    }
    const withinMs = endMs - performance.now();
    if (withinMs <= 0) return programs.map(() => unfinished);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ends.set(user, promise);
    const onEnd = () => {
      this.#ends.delete(user);
      resolve();
    };
    return checkPrograms(programs, { user, withinMs, onEnd });
  }
}

async function isOver(end: Promise<void>, untilMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), untilMs - performance.now());
  const first = await Promise.race([end.then(() => true), late.promise]);
  clearTimeout(timer);
  return first;
}

/** A program that a channel needs. */
interface Need {
  readonly channel: string;
  readonly program: Program;
}

function needsOf(settings: ProgramSettings, definition: Definition): readonly Need[] {
  const { name: channel, runtime, readiness } = definition;
  const place = {
    folder: folderOf(settings, definition),
    path: pathOf(definition),
    isPathOwn: runtime.environment["PATH"] !== undefined,
  };
  const { check } = readiness;
  const own = { ...place, name: runtime.command[0] ?? "", whose: "Its command" };
  if (check.kind !== "command") return [{ channel, program: own }];
  const whose = "The command of its readiness check,";
  const probe = { ...place, name: check.command[0] ?? "", whose };
  return [
    { channel, program: own },
    { channel, program: probe },
  ];
}

async function checkPorts(definitions: readonly Definition[], problems: Problems): Promise<void> {
  const asked = definitions.flatMap(({ name, readiness }) => {
    const address = addressOf(readiness.check);
    return address === undefined ? [] : [{ name, ...address }];
  });
  if (asked.length === 0) return;
  const listeners = await readListeners();
  for (const { name, host, port } of asked) {
    if (!isListening(listeners, { host, port })) continue;
    const text = `Somebody else listens at ${host}:${port}, where its readiness check looks`;
    add(problems, name, { reason: "PORT_IN_USE", text });
  }
}

function addressOf(check: ReadinessCheck): { host: string; port: number } | undefined {
  if (check.kind !== "tcp" && check.kind !== "http") return undefined;
  const url = new URL(check.kind === "tcp" ? `tcp://${check.address}` : check.url);
  const usual = url.protocol === "https:" ? 443 : 80;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { host, port: url.port === "" ? usual : Number(url.port) };
}

function add(problems: Problems, channel: string, problem: StartProblem | undefined): void {
  if (problem === undefined) return;
  const known = problems.get(channel);
  if (known === undefined) problems.set(channel, [problem]);
  else if (!known.some((each) => each.text === problem.text)) known.push(problem);
}

// Every check of the house that is not a test, in one command: `npm run check`. All of them run,
// whatever fails, so that one round shows everything. Exits 1 when any check has failed.

import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { text } from "node:stream/consumers";
import { layThirdParty, protoFolder } from "../proto/third-party.ts";

/** One command that must exit with 0. */
interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Where it runs. Absent: the folder of the repository. */
  readonly folder?: string;
  /** What to do when it fails. */
  readonly remedy: string;
}

interface Outcome {
  readonly check: Check;
  readonly isOk: boolean;
  readonly output: string;
  readonly seconds: number;
}

const root = `${import.meta.dirname}/..`;

// The slowest first, so that they do not end the round alone.
const checks: readonly Check[] = [
  { name: "types", command: ["tsc"], remedy: "mend the types" },
  {
    name: "types of the page",
    command: ["tsc", "-p", "clients/console/page"],
    remedy: "mend the types",
  },
  {
    name: "lint",
    command: ["oxlint", "--type-aware", "--deny-warnings"],
    remedy: "mend the code; .oxlintrc.json says which rule stands for what",
  },
  {
    name: "generated code",
    command: ["node", "proto/generate.ts", "--check"],
    remedy: "npm run gen, and commit proto/gen",
  },
  { name: "format", command: ["prettier", "--check", "."], remedy: "npm run format" },
  { name: "unused code", command: ["knip"], remedy: "remove what nobody uses" },
  {
    name: "contract style",
    command: ["buf", "lint"],
    folder: protoFolder,
    remedy: "mend proto/hotbackup",
  },
  {
    name: "contract format",
    command: ["buf", "format", "--diff", "--exit-code", "--path", "hotbackup"],
    folder: protoFolder,
    remedy: "npm run format",
  },
  {
    name: "contract compatibility",
    command: ["buf", "breaking", "--against", "baseline.binpb", "--path", "hotbackup"],
    folder: protoFolder,
    remedy: "add and deprecate; CONTRIBUTING.md says when the baseline moves",
  },
];

// buf reads the third-party contracts in three checks at once, so they are laid before any begins.
layThirdParty();
const round = await runAll(checks, availableParallelism());
for (const outcome of round.filter((each) => !each.isOk)) printFailure(outcome);
printSummary(round);
process.exitCode = round.every((each) => each.isOk) ? 0 : 1;

/** Runs the checks, so many at a time, and tells their outcomes in the order given. */
async function runAll(all: readonly Check[], atOnce: number): Promise<Outcome[]> {
  const outcomes = new Map<Check, Outcome>();
  const waiting = [...all];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      outcomes.set(check, await run(check));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return all.flatMap((check) => outcomes.get(check) ?? []);
}

async function run(check: Check): Promise<Outcome> {
  const startMs = performance.now();
  const [program, ...words] = check.command;
  const child = spawn(program, words, {
    cwd: check.folder ?? root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<boolean>((resolve) => {
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
  const [isOk, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { check, isOk, output: out + err, seconds: (performance.now() - startMs) / 1000 };
}

function printFailure({ check, output }: Outcome): void {
  console.log(`${check.name}: ${check.command.join(" ")}\n\n${output.trim()}\n`);
}

function printSummary(outcomes: readonly Outcome[]): void {
  for (const { check, isOk, seconds } of outcomes) {
    const verdict = isOk ? "ok    " : "FAILED";
    const remedy = isOk ? "" : `  -> ${check.remedy}`;
    console.log(`${verdict} ${seconds.toFixed(1).padStart(5)} s  ${check.name}${remedy}`);
  }
}

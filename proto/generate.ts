// Makes proto/gen from the contracts: TypeScript for every message and service, and the descriptor
// set that reflection serves. Run by `npm run gen`.
//
//   --check      change nothing; fail when proto/gen is not what the contracts give
//   --baseline   also make the contracts the baseline that `buf breaking` compares with

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { layThirdParty, protoFolder } from "./third-party.ts";

const { values: options } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    baseline: { type: "boolean", default: false },
  },
});
layThirdParty();
if (options.check) check();
else generate(protoFolder);
if (options.baseline) moveBaseline();

/** Writes `gen` into a folder, with nothing left of what was there before. */
function generate(folder: string): void {
  buf(["generate", "--output", folder]);
  buf(["build", "--as-file-descriptor-set", "--output", join(folder, "gen/descriptor.binpb")]);
}

function check(): void {
  const folder = mkdtempSync(join(tmpdir(), "hot-backup-gen-"));
  try {
    generate(folder);
    const differences = compare(join(folder, "gen"), join(protoFolder, "gen"));
    for (const difference of differences) console.error(difference);
    if (differences.length === 0) return;
    console.error("Run `npm run gen` and commit proto/gen with the contracts.");
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Without comments, which are free to change.
function moveBaseline(): void {
  const words = "build --as-file-descriptor-set --exclude-source-info --path hotbackup";
  buf([...words.split(" "), "--output", "baseline.binpb"]);
}

function buf(words: readonly string[]): void {
  execFileSync("buf", words, { cwd: protoFolder, stdio: "inherit" });
}

function compare(fresh: string, checkedIn: string): string[] {
  const wanted = listFiles(fresh);
  const present = listFiles(checkedIn);
  return [
    ...present
      .difference(wanted)
      .values()
      .map((path) => `proto/gen/${path}: no contract gives it`),
    ...wanted
      .difference(present)
      .values()
      .map((path) => `proto/gen/${path}: is missing`),
    ...wanted
      .intersection(present)
      .values()
      .filter(
        (path) => !readFileSync(join(fresh, path)).equals(readFileSync(join(checkedIn, path))),
      )
      .map((path) => `proto/gen/${path}: differs from what the contracts give`),
  ];
}

function listFiles(folder: string): Set<string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
  );
}

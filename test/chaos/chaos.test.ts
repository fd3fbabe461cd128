// A few rounds of the chaos suite, as `npm run chaos` plays them: on namespaces where this machine
// allows it, and through proxies everywhere.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";
import { thresholdMs } from "./bed-config.ts";
import { drawStrokes } from "./faults/draw-strokes.ts";
import { Random } from "../../sim/kernel/random.ts";

/** Rounds take seconds; a machine that is busy takes many times longer. */
const withinMs = 110_000;

test.each([
  ["the best network that there is", ["--rounds", "1", "--seed", "2000"]],
  ["proxies", ["--rounds", "1", "--seed", "3000", "--network", "proxy"]],
])("servers on %s keep every promise while they are broken", (_, words) => {
  const { status, output, report } = play(words);
  expect(status, output).toBe(0);
  const { rounds, seed } = argumentsOf(words);
  expect(report).toMatchObject({ rounds, seed, violations: [] });
  // Said in the output too: nobody shall take proxies for namespaces.
  expect(output).toContain(`network: ${report.network.network} (`);
  // The evidence is of real work: an empty folder would break no promise either.
  expect(report.evidence.units).toBeGreaterThan(20);
  expect(report.evidence.signals).toBeGreaterThan(0);
  expect(report.evidence.mails).toBeGreaterThan(0);
});

test("two runners are seen where nothing keeps them apart", () => {
  const seed = String(findSeedOfLongCut());
  const words = ["--rounds", "1", "--seed", seed, "--protection", "none"];
  const { status, output, report } = play(words);
  expect(status, output).toBe(1);
  const [broken] = report.violations;
  expect(broken.texts.join("\n")).toMatch(/^I1: orders ran on primary-1 .* and backup-1 /m);
  expect(broken.repeat).toContain(`--seed ${seed} --rounds 1`);
  rmSync(broken.folder, { recursive: true });
});

test("a seed decides what strikes and when", () => {
  const place = { network: "namespaces", hasDisks: true, because: "" } as const;
  const draw = (seed: number) =>
    drawStrokes(new Random(seed), place).map(({ stroke, beginMs, holdMs }) => {
      return [stroke.kind, beginMs, holdMs];
    });
  expect(draw(7)).toEqual(draw(7));
  expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => JSON.stringify(draw(seed)))).size).toBe(6);
});

test("no full disk is drawn where there is none to fill, and every kind is drawn elsewhere", () => {
  const kinds = (hasDisks: boolean) => {
    const place = { network: "proxy", hasDisks, because: "" } as const;
    const seeds = Array.from({ length: 500 }, (_, seed) => seed);
    return new Set(
      seeds.flatMap((seed) => {
        return drawStrokes(new Random(seed), place).map(({ stroke }) => stroke.kind);
      }),
    );
  };
  expect([...kinds(false)].filter((kind) => kind.includes("full disk"))).toEqual([]);
  expect([...kinds(true)].filter((kind) => kind.includes("full disk"))).toHaveLength(4);
  for (const kind of ["partition", "loss and jitter", "SMTP down", "switchover", "maintenance"]) {
    expect(kinds(true)).toContain(kind);
  }
});

test.each([
  [["--rounds=-1"], "whole numbers"],
  [["--seed", "x"], "whole numbers"],
  [["--network", "carrier-pigeon"], 'No network "carrier-pigeon"'],
  [["--protection", "hope"], 'No protection "hope"'],
  [["--round", "5"], "--round"],
])("%j is refused", (words, complaint) => {
  expect(readArguments(words)).toContain(complaint);
});

function argumentsOf(words: readonly string[]) {
  const given = readArguments(words);
  if (typeof given === "string") throw new Error(given);
  return given;
}

// Plays rounds as a person would, and reads the report.
function play(words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "chaos-test-"));
  try {
    const json = join(folder, "report.json");
    const main = join(import.meta.dirname, "main.ts");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [main, ...words, "--json", json],
      { encoding: "utf8", timeout: withinMs },
    );
    const output = stdout + stderr;
    return {
      status,
      output,
      report: existsSync(json) ? JSON.parse(readFileSync(json, "utf8")) : {},
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// A round in which the primary is cut off for long enough for the backup to take over, and nothing
// else happens.
function findSeedOfLongCut(): number {
  const place = { network: "namespaces", hasDisks: true, because: "" } as const;
  for (let seed = 1; seed < 10_000; seed += 1) {
    const [first, ...more] = drawStrokes(new Random(seed).fork(), place);
    const isLong = (first?.holdMs ?? 0) > 2.8 * thresholdMs;
    if (more.length === 0 && isLong && first?.stroke.kind === "primary cut off") return seed;
  }
  throw new Error("No seed cuts the primary off for long");
}

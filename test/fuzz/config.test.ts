// A configuration file that was spoiled at any key, or as a whole, is refused with what is wrong
// and where, or is taken; whoever reads it never fails by itself.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@hot-backup/kit/config.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isCollection, isMap, isScalar, isSeq, parseDocument } from "yaml";
import { patienceMs, tryOut } from "./campaign.fixture.ts";
import { type ConfigSample, exampleFolder, listSamples } from "./config-sources.fixture.ts";
import { hostileText, nastyTexts } from "./hostile-text.fixture.ts";

const runsUsual = 60;

type Path = readonly (string | number)[];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hot-backup-fuzz-"));
  cpSync(exampleFolder, folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Why the file was refused, line by line; nothing when it was taken. */
async function complaintsOf(sample: ConfigSample, bytes: string | Uint8Array): Promise<string[]> {
  const path = join(folder, `spoiled-${sample.file}`);
  writeFileSync(path, bytes);
  try {
    await sample.read(path);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}

/** What is wrong with the way in which a file was refused. */
function faultsOf(complaints: readonly string[]): string[] {
  return complaints.flatMap((line) => {
    const isPlaced = line.startsWith("/") || /^… and \d+ more/.test(line);
    const says = line.slice(line.lastIndexOf(": ") + 2).trim();
    return [
      ...(isPlaced ? [] : [`no place: ${line}`]),
      ...(says === "" ? [`no reason: ${line}`] : []),
      ...(line.length > 1000 ? [`${line.length} characters: ${line.slice(0, 100)}`] : []),
      ...(/undefined|\[object|Invalid input/.test(line) ? [`for programs: ${line}`] : []),
    ];
  });
}

const samples = listSamples().map((sample) => ({ name: sample.name, sample }));

test("every file of the example is tried, and sound as it is", async () => {
  expect(samples.length).toBeGreaterThan(6);
  for (const { sample } of samples) {
    const text = readFileSync(join(exampleFolder, sample.file));
    expect(await complaintsOf(sample, text)).toEqual([]);
  }
});

/** In the place of a value that was sound. */
const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  Number.NaN,
  Infinity,
  [],
  {},
  [[]],
  [null],
  { a: 1 },
  "1s",
  "0ms",
  "99999d",
  "127.0.0.1:99999",
  "x".repeat(100_000),
];

/** Longer than any list may be. It takes a tenth of a second to read: not every key gets it. */
const endless = Array.from({ length: 2000 }, () => "x");
const endlessRunsUsual = 8;

describe.each(samples)("$name", ({ sample }) => {
  const text = readFileSync(join(exampleFolder, sample.file), "utf8");
  const paths = pathsOf(text);

  test("takes any value at any key, or says what is wrong with it", async () => {
    for (const path of paths) {
      for (const value of odd) {
        const document = parseDocument(text);
        document.setIn(path, value);
        expect(faultsOf(await complaintsOf(sample, document.toString()))).toEqual([]);
      }
    }
  }, 120_000);

  test(
    "takes a list without end at any key, or says what is wrong with it",
    async () => {
      await tryOut(fc.constantFrom(...paths), endlessRunsUsual, async (path) => {
        const document = parseDocument(text);
        document.setIn(path, endless);
        expect(faultsOf(await complaintsOf(sample, document.toString()))).toEqual([]);
      });
    },
    patienceMs(endlessRunsUsual),
  );

  test("does without any key, or names it; and names any key that it does not know", async () => {
    for (const path of paths) {
      const without = parseDocument(text);
      without.deleteIn(path);
      expect(faultsOf(await complaintsOf(sample, without.toString()))).toEqual([]);
      const holder = path.slice(0, -1);
      const more = parseDocument(text);
      const parent = holder.length === 0 ? more.contents : more.getIn(holder);
      if (!isMap(parent)) continue;
      more.setIn([...holder, "noSuchKey"], 1);
      expect(faultsOf(await complaintsOf(sample, more.toString()))).toEqual([]);
    }
  }, 120_000);

  test(
    "takes any text at any key, or says what is wrong with it",
    async () => {
      const spoiled = fc.tuple(fc.constantFrom(...paths), hostileText);
      await tryOut(spoiled, runsUsual, async ([path, value]) => {
        const document = parseDocument(text);
        document.setIn(path, value);
        expect(faultsOf(await complaintsOf(sample, document.toString()))).toEqual([]);
      });
    },
    patienceMs(runsUsual),
  );

  test(
    "takes any bytes, or says what is wrong with them",
    async () => {
      const whole = Buffer.from(text);
      const any = fc.oneof(
        fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
        fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
          const bytes = Buffer.from(whole);
          bytes[at] = byte;
          return bytes;
        }),
        fc
          .tuple(fc.nat(whole.length), fc.constantFrom(...nastyTexts, ...yamlPieces))
          .map(([at, piece]) =>
            Buffer.concat([whole.subarray(0, at), Buffer.from(piece), whole.subarray(at)]),
          ),
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      );
      await tryOut(any, runsUsual, async (bytes) => {
        expect(faultsOf(await complaintsOf(sample, bytes))).toEqual([]);
      });
    },
    patienceMs(runsUsual),
  );
});

/** What YAML has a meaning for. */
const yamlPieces = [
  "&a ",
  "*a",
  "&a [*a]",
  "<<: *a\n",
  "!!binary ",
  "!!js/function ",
  "!<tag:x> ",
  "---\n",
  "...\n",
  "%YAML 1.1\n---\n",
  "%YAML 9.9\n",
  "? ",
  "- ",
  "[",
  "{",
  "}",
  "|\n",
  ">+9\n",
  "\t",
  "# ",
  "'",
  '"',
  ": ",
  "server: b\n",
  "[".repeat(5000),
];

/** The ways to every key and every entry of a list. */
function pathsOf(text: string): readonly Path[] {
  const paths: Path[] = [];
  const walk = (node: unknown, path: Path) => {
    if (!isCollection(node)) return;
    for (const [index, item] of node.items.entries()) {
      const key = isSeq(node) ? index : isPairKey(item);
      if (key === undefined) continue;
      paths.push([...path, key]);
      walk(isSeq(node) ? item : node.get(key, true), [...path, key]);
    }
  };
  walk(parseDocument(text).contents, []);
  return paths;
}

function isPairKey(item: unknown): string | undefined {
  const { key } = item as { key?: unknown };
  return isScalar(key) ? String(key.value) : undefined;
}

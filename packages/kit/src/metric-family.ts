// What a service tells of itself in numbers, and how that is written: the text format of Prometheus
// (version 0.0.4). Numbers are read from what exists anyway, at the moment somebody asks, and
// written in portions: with ten thousand servers all of them at once would hold up heartbeats.

import { strict as assert } from "node:assert";
import type { DurationHistogram } from "./duration-histogram.ts";

interface Described {
  /** "hot_backup_…", in base units: _seconds, _bytes; a counter ends in _total. */
  readonly name: string;
  /** What it is, and what to do with it, in one line. */
  readonly help: string;
  /**
   * Names of its labels. Their values come from configuration, definitions or this code: never from
   * a peer, so that nobody can make them many.
   */
  readonly labels?: readonly string[];
}

/** One number. `labels` are values, in the order of the names. */
export interface Sample {
  readonly labels?: readonly string[];
  readonly value: number;
}

/** Many durations. */
export interface HistogramSample {
  readonly labels?: readonly string[];
  readonly histogram: DurationHistogram;
}

/** All numbers of one name, and how they are read from what a service has. */
export type FamilyOf<Source> = Described &
  (
    | { readonly type: "gauge" | "counter"; read(source: Source): Iterable<Sample> }
    | { readonly type: "histogram"; read(source: Source): Iterable<HistogramSample> }
  );

/** The same, ready to be read. */
export type Family = FamilyOf<void>;

/** Families that read from this source. */
export function familiesOf<Source>(
  source: Source,
  table: readonly FamilyOf<Source>[],
): readonly Family[] {
  return table.map((family): Family =>
    family.type === "histogram"
      ? { ...family, read: () => family.read(source) }
      : { ...family, read: () => family.read(source) },
  );
}

/** Lines of one portion: well below a millisecond of work. */
const portionLines = 500;

/** Writes a family, a portion at a time: whoever asks for the next one may do something between. */
export function* writeFamily(family: Family): Generator<string, void> {
  const { name, help, type } = family;
  let text = `# HELP ${name} ${escape(help)}\n# TYPE ${name} ${type}\n`;
  let lines = 0;
  for (const written of writeSamples(family)) {
    text += written;
    lines += 1;
    if (lines < portionLines) continue;
    yield text;
    text = "";
    lines = 0;
  }
  if (text !== "") yield text;
}

function* writeSamples(family: Family): Generator<string, void> {
  const { name, labels: names = [] } = family;
  if (family.type === "histogram") {
    for (const { labels = [], histogram } of family.read()) {
      yield* writeHistogram(name, writePairs(names, labels), histogram);
    }
    return;
  }
  for (const { labels = [], value } of family.read()) {
    const pairs = writePairs(names, labels);
    yield `${name}${pairs === "" ? "" : `{${pairs}}`} ${writeNumber(value)}\n`;
  }
}

function* writeHistogram(
  name: string,
  pairs: string,
  { boundsMs, counts, sumMs }: DurationHistogram,
): Generator<string, void> {
  const before = pairs === "" ? "" : `${pairs},`;
  let total = 0;
  for (const [index, count] of counts.entries()) {
    total += count;
    const boundMs = boundsMs[index] ?? Number.POSITIVE_INFINITY;
    yield `${name}_bucket{${before}le="${writeNumber(boundMs / 1000)}"} ${total}\n`;
  }
  const after = pairs === "" ? "" : `{${pairs}}`;
  yield `${name}_sum${after} ${writeNumber(sumMs / 1000)}\n${name}_count${after} ${total}\n`;
}

function writePairs(names: readonly string[], values: readonly string[]): string {
  assert.equal(values.length, names.length, "a sample has a value for each label");
  let pairs = "";
  for (const [index, name] of names.entries()) {
    const value = escape(values[index] ?? "").replaceAll('"', '\\"');
    pairs += `${index === 0 ? "" : ","}${name}="${value}"`;
  }
  return pairs;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function writeNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

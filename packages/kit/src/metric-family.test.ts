import { expect, test } from "vitest";
import { countDuration, newDurationHistogram } from "./duration-histogram.ts";
import { type Family, writeFamily } from "./metric-family.ts";

function write(family: Family): string {
  return [...writeFamily(family)].join("");
}

test("a family is its help, its type, and a line for each sample", () => {
  const family: Family = {
    type: "gauge",
    name: "hot_backup_lease_left_seconds",
    help: "What is left",
    labels: ["server", "target"],
    read: () => [
      { labels: ["primary-1", "backup-1"], value: 1.5 },
      { labels: ["primary-2", "backup-1"], value: Number.POSITIVE_INFINITY },
    ],
  };
  expect(write(family)).toBe(
    [
      "# HELP hot_backup_lease_left_seconds What is left",
      "# TYPE hot_backup_lease_left_seconds gauge",
      'hot_backup_lease_left_seconds{server="primary-1",target="backup-1"} 1.5',
      'hot_backup_lease_left_seconds{server="primary-2",target="backup-1"} +Inf',
      "",
    ].join("\n"),
  );
});

test("no value of a label can end its line, or begin another label", () => {
  const hostile = 'a"} 1\nhot_backup_up{b="\\';
  const read = () => [{ labels: [hostile], value: 1 }];
  const text = write({ type: "gauge", name: "n", help: "two\nlines", labels: ["l"], read });
  expect(text.split("\n")).toEqual([
    "# HELP n two\\nlines",
    "# TYPE n gauge",
    'n{l="a\\"} 1\\nhot_backup_up{b=\\"\\\\"} 1',
    "",
  ]);
});

test("a histogram tells its buckets in seconds, each with all that are shorter", () => {
  const histogram = newDurationHistogram([10, 100]);
  for (const durationMs of [5, 10, 11, 1000]) countDuration(histogram, durationMs);
  const text = write({
    type: "histogram",
    name: "n_seconds",
    help: "h",
    read: () => [{ histogram }],
  });
  expect(text.split("\n").slice(2)).toEqual([
    'n_seconds_bucket{le="0.01"} 2',
    'n_seconds_bucket{le="0.1"} 3',
    'n_seconds_bucket{le="+Inf"} 4',
    "n_seconds_sum 1.026",
    "n_seconds_count 4",
    "",
  ]);
});

test("a duration that is none spoils no sum, and no sum falls", () => {
  const histogram = newDurationHistogram([10, 100]);
  for (const durationMs of [5, Number.NaN, -20]) countDuration(histogram, durationMs);
  expect(histogram.sumMs).toBe(5);
  expect([...histogram.counts]).toEqual([2, 0, 1]);
});

test("ten thousand samples are written in portions, none of which is long", () => {
  const portions = [
    ...writeFamily({
      type: "counter",
      name: "n_total",
      help: "h",
      labels: ["server"],
      read: () =>
        Array.from({ length: 10_000 }, (_, value) => ({ labels: [`server-${value}`], value })),
    }),
  ];
  expect(portions.join("").split("\n")).toHaveLength(10_003);
  expect(Math.max(...portions.map((each) => each.split("\n").length))).toBeLessThan(510);
});

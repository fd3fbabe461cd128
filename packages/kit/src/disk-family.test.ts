// The room of a disk, with the disk in the test's hands.

import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test, vi } from "vitest";
import { diskFamilies } from "./disk-family.ts";
import { writeFamily } from "./metric-family.ts";

const values = (families: ReturnType<typeof diskFamilies>) =>
  families
    .flatMap((each) => [...writeFamily(each)].join("").split("\n"))
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/ \d+$/, ""));

const told = [
  'hot_backup_disk_free_bytes{store="journal"}',
  'hot_backup_disk_size_bytes{store="journal"}',
];

test("the room of a disk is told again and again", async () => {
  const families = diskFamilies("journal", tmpdir());
  await vi.waitFor(() => expect(values(families)).toEqual(told));
  await vi.waitFor(() => expect(values(families)).toEqual(told));
});

test("a disk that hangs holds nobody up, is asked once, and is told when it answers", async () => {
  const disk = statfsSync(tmpdir());
  const answers: (() => void)[] = [];
  const look = () => new Promise<typeof disk>((resolve) => answers.push(() => resolve(disk)));
  const families = diskFamilies("journal", "/mnt", look);
  for (let reads = 0; reads < 3; reads += 1) expect(values(families)).toEqual([]);
  expect(answers).toHaveLength(families.length);
  for (const answer of answers) answer();
  await vi.waitFor(() => expect(values(families)).toEqual(told));
  const nowMs = performance.now();
  using later = vi.spyOn(performance, "now");
  later.mockReturnValue(nowMs + 60_000);
  expect(values(families)).toEqual([]);
  expect(answers).toHaveLength(2 * families.length);
});

test("a folder that is gone is not told", async () => {
  const look = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("ENOENT")));
  const families = diskFamilies("journal", "/gone", look);
  await vi.waitFor(() => {
    expect(values(families)).toEqual([]);
    expect(look.mock.calls.length).toBeGreaterThan(families.length);
  });
});

// How the tests run. `npm test` has the projects "unit", "processes" and "browser" and takes
// minutes; `npm run test:long` has "long" and "alone": stories that last, chaos, more of the
// browser, and clients that mean harm. CI runs both. Unit and wire tests share the processor. Tests
// that start whole services come after them, three files at a time: they wait more than they work,
// and each condition has a bound that survives a neighbour. A browser draws on the processor, and
// some tests mean to starve somebody: those run alone.

import { join } from "node:path";
import { defineConfig } from "vitest/config";

// What a story of the first kind proves in seconds these prove at length, or in rare weather.
const longStories = [
  "backup-restore",
  "break-glass",
  "command-line-tls",
  "drill-trouble",
  "failback-delay",
  "flap",
  "mutual-backup",
  "power-cut",
  "release",
  "rolling-upgrade",
  "side-by-side",
].map((each) => `test/e2e/${each}.test.ts`);
const longTests = [...longStories, "test/chaos/**/*.test.ts"];
const processTests = ["e2e", "contract"].map((each) => `test/${each}/**/*.test.ts`);
const browserTests = ["overview", "contact", "server-page"].map(
  (each) => `test/console/${each}.test.ts`,
);
const aloneTests = ["test/abuse/**/*.test.ts", "test/console/**/*.test.ts"];
// test/compose and test/systemd want a container engine: `npm run test:compose`, `test:systemd`.
const engineTests = ["compose", "systemd"].map((each) => `test/${each}/**`);
const never = ["**/node_modules/**", "proto/gen/**", "data/**", ...engineTests];

// .ci/run asks for a report to count from.
const report = process.env["TEST_REPORT"];

// Half of what it takes to start a service or a simulator is to compile it: once is enough.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/tests");

const pageBuild = "test/console/page-build.setup.ts";
const processLimits = { maxWorkers: 3, testTimeout: 120_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...processTests, ...longTests, ...aloneTests, ...never],
          sequence: { groupOrder: 0 },
          testTimeout: 20_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "processes",
          include: processTests,
          globalSetup: pageBuild,
          exclude: [...longTests, ...never],
          sequence: { groupOrder: 1 },
          ...processLimits,
        },
      },
      {
        test: {
          name: "browser",
          include: browserTests,
          globalSetup: pageBuild,
          exclude: never,
          sequence: { groupOrder: 2 },
          ...processLimits,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "long",
          include: longTests,
          exclude: never,
          sequence: { groupOrder: 3 },
          ...processLimits,
        },
      },
      {
        test: {
          name: "alone",
          include: aloneTests,
          globalSetup: pageBuild,
          exclude: [...browserTests, ...never],
          sequence: { groupOrder: 4 },
          ...processLimits,
          fileParallelism: false,
        },
      },
    ],
  },
});

// How the tests run. `npm test` has the projects "unit" and "processes" and takes minutes;
// `npm run test:long` has "long" and "abuse": stories that last, chaos, and clients that mean
// harm. CI runs both. Unit and wire tests share the processor. Tests that start whole services
// come after them, three files at a time: they wait more than they work, and each condition has a
// bound that survives a neighbour. Those that mean to starve somebody come last, alone.

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
const abuseTests = ["test/abuse/**/*.test.ts"];
const processTests = ["e2e", "contract", "console"].map((each) => `test/${each}/**/*.test.ts`);
// test/compose and test/systemd want a container engine: `npm run test:compose`, `test:systemd`.
const engineTests = ["compose", "systemd"].map((each) => `test/${each}/**`);
const never = ["**/node_modules/**", "proto/gen/**", "data/**", ...engineTests];

// .ci/run asks for a report to count from.
const report = process.env["TEST_REPORT"];

// Half of what it takes to start a service or a simulator is to compile it: once is enough.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/tests");

const processLimits = { maxWorkers: 3, testTimeout: 120_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...processTests, ...longTests, ...abuseTests, ...never],
          sequence: { groupOrder: 0 },
          testTimeout: 20_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "processes",
          include: processTests,
          globalSetup: "test/console/page-build.setup.ts",
          exclude: [...longTests, ...never],
          sequence: { groupOrder: 1 },
          ...processLimits,
        },
      },
      {
        test: {
          name: "long",
          include: longTests,
          exclude: never,
          sequence: { groupOrder: 2 },
          ...processLimits,
        },
      },
      {
        test: {
          name: "abuse",
          include: abuseTests,
          exclude: never,
          sequence: { groupOrder: 3 },
          ...processLimits,
          fileParallelism: false,
        },
      },
    ],
  },
});

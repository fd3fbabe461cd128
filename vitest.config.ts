// How the tests run. Unit, contract and wire tests share the processor. Tests that start whole
// services come after them, three files at a time: they wait more than they work, and each
// condition has a bound that survives a neighbour. Those that mean to starve somebody come last.

import { join } from "node:path";
import { defineConfig } from "vitest/config";

const processTests = ["e2e", "chaos", "contract", "console"].map(
  (each) => `test/${each}/**/*.test.ts`,
);
const abuseTests = ["test/abuse/**/*.test.ts"];
// test/compose and test/systemd want a container engine: `npm run test:compose`, `test:systemd`.
const engineTests = ["compose", "systemd"].map((each) => `test/${each}/**`);
const never = ["**/node_modules/**", "proto/gen/**", "data/**", ...engineTests];

// .ci/run asks for a report to count from.
const report = process.env["TEST_REPORT"];

// Half of what it takes to start a service or a simulator is to compile it: once is enough.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/tests");

const processLimits = { testTimeout: 120_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...processTests, ...abuseTests, ...never],
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
          exclude: never,
          sequence: { groupOrder: 1 },
          maxWorkers: 3,
          ...processLimits,
        },
      },
      {
        test: {
          name: "abuse",
          include: abuseTests,
          exclude: never,
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          ...processLimits,
        },
      },
    ],
  },
});

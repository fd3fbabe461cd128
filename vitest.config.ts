// How the tests run. Unit, contract and wire tests share the processor; tests that start whole
// services come after them, one file at a time, because they measure time and must not be starved.

import { defineConfig } from "vitest/config";

const processTests = ["e2e", "abuse", "chaos", "contract"].map(
  (each) => `test/${each}/**/*.test.ts`,
);
// test/compose and test/systemd want a container engine: `npm run test:compose`, `test:systemd`.
const engineTests = ["compose", "systemd"].map((each) => `test/${each}/**`);
const never = ["**/node_modules/**", "proto/gen/**", "data/**", ...engineTests];

// .ci/run asks for a report to count from.
const report = process.env["TEST_REPORT"];

export default defineConfig({
  test: {
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...processTests, ...never],
          sequence: { groupOrder: 0 },
          testTimeout: 20_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "processes",
          include: processTests,
          exclude: never,
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

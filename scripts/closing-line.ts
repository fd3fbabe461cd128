// Says how many tests passed and failed, from reports of vitest, as the last word of .ci/run.
//
//   node scripts/closing-line.ts REPORT...
//
// Exits 1 when a test failed, or when a report is of no test at all.

import { readFileSync } from "node:fs";
import { z } from "zod";

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
});

const reports = process.argv
  .slice(2)
  .map((file) => reportSchema.parse(JSON.parse(readFileSync(file, "utf8"))));

const passed = sum(reports.map((report) => report.numPassedTests));
const failed = sum(reports.map((report) => report.numFailedTests));
const skipped = sum(reports.map((report) => report.numPendingTests));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
const isWhole = reports.every((report) => report.success && report.numPassedTests > 0);
process.exitCode = isWhole && passed > 0 ? 0 : 1;

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

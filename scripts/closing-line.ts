// Says how many tests passed and failed, from the report of vitest, as the last word of .ci/run.
//
//   node scripts/closing-line.ts REPORT
//
// Exits 1 when a test failed, or when none ran.

import { readFileSync } from "node:fs";
import { z } from "zod";

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
});

const [file = ""] = process.argv.slice(2);
const report = reportSchema.parse(JSON.parse(readFileSync(file, "utf8")));
const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = report;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = report.success && passed > 0 ? 0 : 1;

// Loaded into a service with `node --import`: writes how late its event loop was to a file, a line
// a second, as the raw samples in milliseconds, so that anybody can compute from them. Without
// LOOP_DELAY_FILE it does nothing.

import { appendFile } from "node:fs";

/** How often it looks. */
const everyMs = 10;

const samplesPerLine = 100;

const file = process.env["LOOP_DELAY_FILE"];
if (file !== undefined) record(file);

function record(to: string): void {
  let samples: string[] = [];
  let dueMs = performance.now() + everyMs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    samples.push(Math.max(0, nowMs - dueMs).toFixed(2));
    dueMs = nowMs + everyMs;
    if (samples.length < samplesPerLine) return;
    // A figure that cannot be written is missing in the end; the service must not notice.
    appendFile(to, `${samples.join(" ")}\n`, () => undefined);
    samples = [];
  }, everyMs);
  timer.unref();
}

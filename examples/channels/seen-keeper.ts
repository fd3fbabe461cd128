// A thread of its own that writes into a witness when the run was seen last. It lives and dies with
// its process, whatever the thread that works is busy with.

import { openSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { seenIntervalMs, seenLine } from "./witness.ts";

const file = openSync(String(workerData), "r+");
const seen = () => writeSync(file, seenLine(process.hrtime.bigint()), 0);

seen();
setInterval(seen, seenIntervalMs);
parentPort?.postMessage("seen", []);

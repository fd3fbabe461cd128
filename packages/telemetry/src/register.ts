// Sends the traces of a service to a collector. Loaded before the service, and only where somebody
// wants traces:
//
//   node --import @hot-backup/telemetry/register.ts services/monitor/src/main.ts --config FILE
//
// or by NODE_OPTIONS, which every program and thread of Node below it sees: only the services
// themselves load more than this file.

import { resolve } from "node:path";
import { isMainThread } from "node:worker_threads";

const program = resolve(process.argv[1] ?? "");
const [, service] = /\/services\/([a-z]+)\/src\/main\.ts$/.exec(program) ?? [];

if (isMainThread && service !== undefined) {
  const { sendTraces } = await import("./send-traces.ts");
  sendTraces(`hot-backup-${service}`);
}

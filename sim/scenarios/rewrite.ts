// npm run sim:scenarios: writes every transcript anew, on purpose only. What changes shows in the
// diff, and a person reads it.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scenarios } from "./scenarios.ts";
import { listTranscripts } from "./transcripts.ts";
import { writeTranscript } from "./scenario.ts";

for (const file of listTranscripts()) rmSync(join(import.meta.dirname, file));
for (const scenario of scenarios) {
  const file = join(import.meta.dirname, `${scenario.name}.txt`);
  writeFileSync(file, await writeTranscript(scenario));
}

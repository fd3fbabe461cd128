// A process that passes one failpoint three times and says so each time.

import { writeSync } from "node:fs";
import { armFailpoints, failpoint } from "./failpoint.ts";

armFailpoints(process.env);
for (let passing = 1; passing <= 3; passing += 1) {
  failpoint("monitor.target_dirty");
  writeSync(1, `${passing}\n`);
}

// A service that does nothing but live, for tests of what every service does with its command line:
// `node service.fixture.ts --config FILE`. How it ends is in its configuration.

import { z } from "zod";
import { checkConfig, readConfigSource } from "./config.ts";
import { instanceFields, metricsField } from "./config-fields.ts";
import { runService } from "./service.ts";
import { aborted } from "./stop.ts";

const schema = z.object({
  ...instanceFields,
  ends: z.enum(["when stopped", "with a failure", "with an idle timer", "never"]),
  warnings: z.array(z.string()).default([]),
  metrics: metricsField,
});

await runService({
  name: "notify",
  readConfig: (file, environment) => {
    const config = checkConfig(readConfigSource(file, environment), schema);
    return { ...config, metricsListen: config.metrics?.listen };
  },
  run: async ({ config, log, stop, tellReady }) => {
    const idle = setInterval(() => {}, 60_000);
    log.info("Started");
    tellReady();
    if (config.ends === "with a failure") throw new Error("the disk is full");
    await aborted(stop);
    log.info({ cause: String(stop.reason) }, "Stopping");
    if (config.ends === "never") await new Promise(() => {});
    if (config.ends === "when stopped") clearInterval(idle);
  },
});

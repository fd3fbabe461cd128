// Builds the page once before the tests in a browser: half a second, so that they never judge an
// older page.

import { fileURLToPath } from "node:url";
import { build } from "vite";

export async function setup(): Promise<void> {
  const configFile = fileURLToPath(
    new URL("../../clients/console/vite.config.ts", import.meta.url),
  );
  await build({ configFile, logLevel: "warn", mode: "production" });
}

// The origins from which the page may be opened, and so the hosts that requests may name.

import { isOfThisMachine } from "@hot-backup/kit/config-exposure.ts";
import type { Config } from "../config.ts";

/**
 * Those of the configuration, and this machine's own names where the gateway listens only there.
 * None of these can be the name of a stranger's page.
 */
export function originsOf(config: Config, address: string): readonly string[] {
  if (!isOfThisMachine(address)) return config.origins;
  const scheme = config.https === undefined ? "http" : "https";
  const port = address.slice(address.lastIndexOf(":") + 1);
  const own = ["127.0.0.1", "localhost", "[::1]"].map((host) => `${scheme}://${host}:${port}`);
  return [...config.origins, ...own.map((each) => new URL(each).origin)];
}

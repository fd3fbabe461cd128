// Prints the folders of all packages that the services and the console need to run, with what sends
// their traces if somebody wants that, and nothing that only tests and tools need: what
// deploy/install copies. From the lockfile, so that it needs no npm and no network.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const entry = z.object({
  /** A link to a workspace leads here. */
  link: z.boolean().default(false),
  resolved: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
});
const lockfile = z.object({ packages: z.record(z.string(), entry) });

const text = readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8");
const { packages } = lockfile.parse(JSON.parse(text));

const services = ["heartbeat", "monitor", "channels", "notify"].map((each) => `services/${each}`);
const wanted = [...services, "packages/telemetry", "clients/console"];
for (const folder of gather(wanted).toSorted()) process.stdout.write(`${folder}\n`);

/** These and all that they lead to, links themselves left out. */
function gather(folders: readonly string[]): string[] {
  const found = new Set(folders);
  for (const folder of found) {
    for (const name of Object.keys(packages[folder]?.dependencies ?? {})) {
      const place = resolvePackage(folder, name);
      const { link, resolved } = packages[place] ?? { link: false };
      found.add(link && resolved !== undefined ? resolved : place);
    }
  }
  return [...found];
}

/** Where Node finds the package: in the nearest node_modules above. */
function resolvePackage(from: string, name: string): string {
  for (let above = from; ; above = above.slice(0, Math.max(0, above.lastIndexOf("/")))) {
    const place = join(above, "node_modules", name);
    if (place in packages) return place;
    if (above === "") throw new Error(`Cannot find the package ${name} that ${from} needs`);
  }
}

// Reads metrics as the Prometheus of compose.metrics.yaml does: from inside of the networks, with
// the addresses, names and certificates that deploy/prometheus/prometheus.yaml gives it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { deployFolder, docker } from "./engine.ts";

const job = z.object({
  tls_config: z.object({
    ca_file: z.string(),
    cert_file: z.string(),
    key_file: z.string(),
    server_name: z.string(),
  }),
  static_configs: z.array(z.object({ targets: z.array(z.string()) })),
});
const settings = z.object({ scrape_configs: z.array(job) });

/** What one address told. */
const told = z.object({ target: z.string(), status: z.number(), text: z.string() });
export type Told = z.infer<typeof told>;

// Runs in a container: reads its last argument, and prints what each address told.
const program = `
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { text } from "node:stream/consumers";
const scrape = ({ target, tls }) => new Promise((resolve, reject) => {
  const files = [tls.ca_file, tls.cert_file, tls.key_file];
  const [ca, cert, key] = files.map((each) => readFileSync(each));
  const told = async (answer) =>
    resolve({ target, status: answer.statusCode, text: await text(answer) });
  const failed = (error) => reject(new Error(target + ": " + error.message));
  const options = { ca, cert, key, servername: tls.server_name };
  get("https://" + target + "/metrics", options, told).once("error", failed);
});
const all = JSON.parse(process.argv.at(-1));
process.stdout.write(JSON.stringify(await Promise.all(all.map(scrape))));
`;

/** Scrapes every target once. `reader` is the folder of its certificate. */
export async function scrapeAll(given: {
  readonly networks: readonly string[];
  readonly reader: string;
}): Promise<readonly Told[]> {
  const file = join(deployFolder, "prometheus", "prometheus.yaml");
  const { scrape_configs: jobs } = settings.parse(parse(readFileSync(file, "utf8")));
  const targets = jobs.flatMap(({ tls_config: tls, static_configs: groups }) =>
    groups.flatMap((group) => group.targets.map((target) => ({ target, tls }))),
  );
  const image = `hot-backup-heartbeat:${process.env["HOT_BACKUP_VERSION"]}`;
  // The key is readable by whoever made it.
  const limits = `--read-only --cap-drop ALL --user ${process.getuid?.()}`;
  const networks = given.networks.map((each) => `--network ${each}`).join(" ");
  const { stdout } = await docker([
    ...`run --rm ${limits} ${networks} --entrypoint node`.split(" "),
    "--volume",
    `${given.reader}:/run/secrets/tls:ro`,
    image,
    "--input-type=module",
    "--eval",
    program,
    JSON.stringify(targets),
  ]);
  return z.array(told).parse(JSON.parse(stdout));
}

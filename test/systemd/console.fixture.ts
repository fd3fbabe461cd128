// The console of a host, asked by somebody on that host who has its token.

import { z } from "zod";
import type { Host } from "./host.fixture.ts";

/** What it answered: the page, and what the monitor said of the primary. */
const answers = z.object({ page: z.string(), explained: z.number() });

// The host has no other Node than that of the release.
const program = `
import { readFileSync } from "node:fs";
const origin = "http://127.0.0.1:7500";
const token = readFileSync("/etc/hot-backup/console-1/console-token", "utf8").trim();
const headers = { origin, "content-type": "application/json", "x-hot-backup-console": "1" };
const body = JSON.stringify({ token });
const session = await fetch(origin + "/api/sign-in", { method: "POST", headers, body });
const cookie = session.headers.get("set-cookie").split(";")[0];
const path = "/api/monitors/backup-1/servers/primary-1/explain";
const { status: explained } = await fetch(origin + path, { headers: { cookie } });
const page = await (await fetch(origin + "/")).text();
console.log(JSON.stringify({ page, explained }));
`;

/** Signs in, and asks for the page and for what only the monitor knows. */
export async function askConsole(host: Host): Promise<z.infer<typeof answers>> {
  const node = "/opt/hot-backup/current/bin/node --input-type=module";
  return answers.parse(JSON.parse(await host.run(`${node} <<'END'\n${program}END`)));
}

// The console's gateway: node clients/console/src/main.ts --config FILE

import { join } from "node:path";
import { runService, type ServiceContext } from "@hot-backup/kit/service.ts";
import { aborted } from "@hot-backup/kit/stop.ts";
import { Clients } from "./clients.ts";
import { type Config, readConfig } from "./config.ts";
import { createApp } from "./http/app.ts";
import { listen } from "./http/listen.ts";
import { originsOf } from "./http/origins.ts";
import { readPageFiles } from "./http/page-files.ts";
import { Newscast } from "./newscast.ts";
import { Sessions } from "./sessions.ts";
import { listenToAll } from "./sources/start-sources.ts";
import { version } from "./version.ts";

/** Where `vite build` leaves the page. */
const pageFolder = join(import.meta.dirname, "../dist");

await runService({ name: "console", readConfig, run });

async function run(context: ServiceContext<Config>): Promise<void> {
  const { config, log, tls, stop, tellReady } = context;
  const nowMs = () => performance.now();
  using clients = new Clients(config, tls);
  using newscast = new Newscast(nowMs);
  const files = readPageFiles(pageFolder);
  if (files.size === 0) log.warn({ pageFolder }, "The page has not been built");
  const listening = await listen(
    (address) =>
      createApp({
        workplace: { clients, newscast, log, nowMs, stop },
        signIn: {
          users: config.users,
          sessions: new Sessions({ lengthMs: config.sessionMs, wallMs: Date.now, nowMs }),
          cookieName: `hot-backup-${address.slice(address.lastIndexOf(":") + 1)}`,
          isHttps: config.https !== undefined,
          tls: config.https === undefined ? undefined : tls,
          mayLookUnnamed: config.mayLookUnnamed,
          version,
        },
        origins: originsOf(config, address),
        files,
      }),
    { config, tls, log },
  );
  const heard = listenToAll({ config, clients, board: newscast.board, nowMs, stop });
  tellReady();
  log.info({ address: listening.address, pages: files.size > 0 }, "Listening");
  await aborted(stop);
  await Promise.all([heard, listening.close()]);
}

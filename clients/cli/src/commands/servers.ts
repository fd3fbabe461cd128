// `servers`: every watched server, as the monitor tells it.

import { listAll } from "@hot-backup/client/pages.ts";
import {
  type MonitorServiceClient,
  Server,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { tellEntries } from "../monitors.ts";
import type { AddCommand } from "../program.ts";
import { read } from "../services.ts";
import type { Work } from "../session.ts";
import { printServers } from "../text/server-page.ts";

export const addServers: AddCommand = (program, run) => {
  program
    .command("servers")
    .description("the watched servers: state, term, lease, and what is special")
    .action(() => run(listServers));
};

const listServers: Work = (session) =>
  tellEntries(session, {
    key: "servers",
    read: readServers,
    toJson: (each) => Server.toJSON(each),
    print: (servers, { address }) =>
      printServers(servers, { paint: session.output.paint, address }),
  });

/** All that a monitor watches. */
function readServers(client: MonitorServiceClient): Promise<Server[]> {
  return listAll(async (page) => {
    const list = client.listServers.bind(client);
    const answer = await read(list, page, "Cannot list the servers");
    return { entries: answer.servers, nextPageToken: answer.nextPageToken };
  });
}

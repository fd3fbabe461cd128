// `servers`: every watched server, as the monitor tells it.

import { listAll } from "@hot-backup/client/pages.ts";
import { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
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

const listServers: Work = async ({ services, output }) => {
  const { monitor, profile } = services;
  const servers = await listAll(async (page) => {
    const list = monitor.listServers.bind(monitor);
    const answer = await read(list, page, "Cannot list the servers");
    return { entries: answer.servers, nextPageToken: answer.nextPageToken };
  });
  if (output.isJson) output.document({ servers: servers.map((each) => Server.toJSON(each)) });
  else {
    const { address } = profile.monitor;
    output.lines(printServers(servers, { paint: output.paint, address }));
  }
  return undefined;
};

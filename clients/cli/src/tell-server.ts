// The server after a decision: what every method of the monitor that changes something answers
// with.

import { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Session } from "./session.ts";
import { printServers } from "./text/server-page.ts";

export function tellServer({ output, services }: Session, server: Server | undefined): void {
  if (output.isJson) {
    output.document({ server: server && Server.toJSON(server) });
    return;
  }
  const { address } = services.profile.monitor;
  const servers = server === undefined ? [] : [server];
  output.lines(printServers(servers, { paint: output.paint, address }));
}

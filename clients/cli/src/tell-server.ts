// The server after a decision: what every method of the monitor that changes something answers
// with.

import { Server } from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import type { Session } from "./session.ts";
import { printServers } from "./text/server-page.ts";

export function tellServer(
  { output }: Session,
  { server, address }: { server: Server | undefined; address: string },
): void {
  if (output.isJson) {
    output.document({ server: server && Server.toJSON(server) });
    return;
  }
  const servers = server === undefined ? [] : [server];
  output.lines(printServers(servers, { paint: output.paint, address }));
}

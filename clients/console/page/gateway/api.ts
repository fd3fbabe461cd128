// Addresses of the gateway's API (src/view/action.ts lists them all).

import type { ServerView } from "../../src/view/server.ts";

/** What is asked about a watched server, of the monitor that watches it. */
export function serverApi({ toldBy, serverId }: Pick<ServerView, "toldBy" | "serverId">) {
  return `${monitorApi(toldBy)}/servers/${encodeURIComponent(serverId)}`;
}

export function monitorApi(monitor: string): string {
  return `api/monitors/${encodeURIComponent(monitor)}`;
}

/** Of a channels service, by the id of its server. */
export function channelsApi(server: string): string {
  return `api/channels/${encodeURIComponent(server)}`;
}

/** Of a notify service, by the id of its server. */
export function mailApi(notify: string): string {
  return `api/mail/${encodeURIComponent(notify)}`;
}

/** The query of an address; entries without a value are left out. */
export function queryOf(entries: Readonly<Record<string, string | undefined>>): string {
  const told = Object.entries(entries).filter(([, value]) => value !== undefined && value !== "");
  const query = new URLSearchParams(told.map(([key, value]) => [key, value ?? ""]));
  return told.length === 0 ? "" : `?${query.toString()}`;
}

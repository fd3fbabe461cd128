// The pages there are, by the name that is in their address. A new page is one line here.

import type { JSX } from "preact";
import { ChannelsPage } from "../channels/channels-page.tsx";
import { MailPage } from "../mail/mail-page.tsx";
import { Overview } from "../overview/overview.tsx";
import type { PlaceName, Route } from "../routing/route.ts";
import { ServerPage } from "../server/server-page.tsx";
import { SignalsPage } from "../signals/signals-page.tsx";

export interface Page {
  /** What the tab says, beside the worst state. */
  readonly title: (route: Route) => string;
  readonly draw: (route: Route) => JSX.Element;
}

export const pages: Readonly<Record<PlaceName, Page>> = {
  overview: { title: () => "Overview", draw: () => <Overview /> },
  server: { title: ({ id = "Server" }) => id, draw: (route) => <ServerPage route={route} /> },
  signals: { title: () => "Signals", draw: (route) => <SignalsPage route={route} /> },
  channels: { title: () => "Channels", draw: (route) => <ChannelsPage route={route} /> },
  mail: { title: () => "Mail", draw: (route) => <MailPage route={route} /> },
};

/** What the navigation offers. `of` are the pages that are reached from there. */
export const places: readonly {
  readonly place: PlaceName;
  readonly label: string;
  readonly of: readonly PlaceName[];
}[] = [
  { place: "overview", label: "Overview", of: ["server"] },
  { place: "signals", label: "Signals", of: [] },
  { place: "channels", label: "Channels", of: [] },
  { place: "mail", label: "Mail", of: [] },
];

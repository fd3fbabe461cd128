// The page begins: styles, the stream of events, keys, and the tab.

import { render } from "preact";
import { refreshSession } from "./gateway/session.ts";
import { App } from "./shell/app.tsx";
import { listenForShortcuts } from "./shell/shortcuts.ts";
import { keepTab } from "./shell/tab.ts";
import { openEventStream } from "./stream/event-stream.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/mark.css";
import "./styles/shell.css";
import "./styles/overview.css";
import "./styles/pages.css";
import "./styles/flow.css";
import "./styles/channels.css";
import "./styles/dialogs.css";

const page = document.getElementById("page");
if (page === null) throw new Error("Cannot draw the page: index.html has no place for it");
render(<App />, page);
listenForShortcuts();
keepTab();
void refreshSession();
openEventStream(() => void refreshSession());

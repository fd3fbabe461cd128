// Writes docs/states.md from the monitor's table of transitions: `node scripts/states-page.ts`.
// test/docs.test.ts fails while the page is not what the table gives.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Transition, transitions } from "../services/monitor/src/core/transitions.ts";

/** The page as text. */
export function statesPage(): string {
  return `# The states of a watched server

<!-- Made from services/monitor/src/core/transitions.ts by \`node scripts/states-page.ts\`. -->

A monitor keeps one state for each watched server. A change of state gives one signal, or none where
the server never stopped; an event without a row changes nothing.

| state | meaning |
|---|---|
| unheard | never heard at all; in the contract WAITING, with \`ever_heard\` false |
| waiting | was live when the monitor stopped, not heard since it started; WAITING |
| live | good heartbeats arrive |
| dead | silent for the threshold |
| closed | stopped in good order; missed heartbeats are ignored |

| state | event | next | signal | because |
|---|---|---|---|---|
${transitions.map(row).join("\n")}

- **good_heartbeat**: it comes on the current stream, acknowledges an answer of this stream that is
  younger than a lease, says that the channels service answers, and shows the lease where one is
  due.
- **threshold_passed**: no good heartbeat for the threshold, without the time that the monitor
  itself stood still. In maintenance it does not happen; at its end the threshold counts anew. After
  a release it counts from the end of the long lease, or from when an ordinary one is shown.
- **close_received**: the heartbeat service said that the server stops in good order.
- **close_expired**: \`closeExpiry\` has passed since the close, where it is set.
`;
}

function row({ from, on, to, signal, because }: Transition): string {
  return `| ${from} | ${on} | ${to} | ${signal ?? "none"} | ${because} |`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("../docs/states.md", import.meta.url), statesPage());
}

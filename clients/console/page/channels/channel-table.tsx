// The channels of one server as a table. A thousand fit: so many rows are drawn at a time, and more
// when they are asked for.

import { useState } from "preact/hooks";
import type { ChannelView } from "../../src/view/channel.ts";
import { hrefOf, type Route } from "../routing/route.ts";
import { store } from "../stream/event-stream.ts";
import { tick } from "../stream/page-clock.ts";
import { Mark } from "../words/mark.tsx";
import { printSpan } from "../words/span.ts";
import { activityWord } from "../words/state-words.ts";
import { channelsByServer } from "./channel-index.ts";
import { type OtherSide, printOtherSides } from "./other-sides.ts";

/** Rows that a browser draws without a pause. */
const rowsAtOnce = 150;

export interface ChannelRow {
  readonly channel: ChannelView;
  readonly others: readonly OtherSide[];
}

export function ChannelTable({ server, rows, isToldNow, route }: ChannelTableProps) {
  const [most, setMost] = useState(rowsAtOnce);
  if (rows.length === 0) {
    const isEmpty = !channelsByServer.value.has(server);
    return (
      <p class="empty">{isEmpty ? "Nothing is deployed here." : "No channel is like that."}</p>
    );
  }
  return (
    <div class="body">
      <table class="channels">
        <caption class="unseen">Channels of {server}</caption>
        <thead>
          <tr>
            {["Channel", "Does", "Meant to", "For", "Restarts", "Of", "Other side"].map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((row) => (
            <Row key={row.channel.name} row={row} isToldNow={isToldNow} route={route} />
          ))}
        </tbody>
      </table>
      {rows.length > most && (
        <p>
          <button type="button" onClick={() => setMost(most + rowsAtOnce)}>
            {rows.length - most} more
          </button>
        </p>
      )}
    </div>
  );
}

interface ChannelTableProps {
  readonly server: string;
  readonly rows: readonly ChannelRow[];
  readonly isToldNow: boolean;
  readonly route: Route;
}

interface RowProps {
  readonly row: ChannelRow;
  readonly isToldNow: boolean;
  readonly route: Route;
}

function Row({ row: { channel, others }, isToldNow, route }: RowProps) {
  const { name, toldBy, activity, activation, restarts, protectedBy, override, because } = channel;
  const isShown = route.id === toldBy && route.query.get("channel") === name;
  const query = { ...Object.fromEntries(route.query), channel: name };
  const differs = others.some(({ isEqual }) => !isEqual);
  return (
    <tr class={isShown ? "is-shown" : ""} data-channel={name} data-activity={activity}>
      <th scope="row">
        <a
          class="id"
          href={hrefOf("channels", toldBy, query)}
          aria-current={isShown ? "true" : undefined}
        >
          {name}
        </a>
      </th>
      <td data-label="Does" title={because}>
        <Mark word={activityWord(activity, isToldNow)} />
        {override !== undefined && <strong class="tone-bad"> OVERRIDE</strong>}
      </td>
      <td data-label="Meant to">{activation}</td>
      <td data-label="For">
        <Uptime channel={channel} isToldNow={isToldNow} />
      </td>
      <td data-label="Restarts" class={restarts > 0 ? "tone-warn" : ""}>
        {restarts}
      </td>
      <td data-label="Of">{protectedBy === "" ? "-" : protectedBy}</td>
      <td data-label="Other side" class={differs ? "tone-warn" : "explains"}>
        {printOtherSides(channel, others)}
      </td>
    </tr>
  );
}

/** How long it has been doing what it does. By itself: it changes twice a second. */
export function Uptime({ channel, isToldNow }: UptimeProps) {
  const { changedAtMs, asOfMs, heardAtMs } = channel;
  if (changedAtMs === undefined) return <>-</>;
  if (!isToldNow) return <>UNKNOWN</>;
  return <>{printSpan(asOfMs - changedAtMs + store.ageMs(heardAtMs, tick.value))}</>;
}

interface UptimeProps {
  readonly channel: ChannelView;
  readonly isToldNow: boolean;
}

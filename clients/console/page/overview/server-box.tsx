// The box of one server in the picture, with the channels in it.

import type { ServerView } from "../../src/view/server.ts";
import { store } from "../stream/event-stream.ts";
import { tick } from "../stream/page-clock.ts";
import { Mark, type Word } from "../words/mark.tsx";
import { printSpan } from "../words/span.ts";
import { activityWord } from "../words/state-words.ts";
import type { BoxedChannel, ServerBox } from "./picture.ts";

/** The backup's own work is no part of the story: a few say that it has some. */
const ownMax = 4;

const reached: Word = { text: "answers", tone: "good", shape: "disc" };
const unreached: Word = { text: "SILENT", tone: "bad", shape: "cross" };

export function ServerBoxCard(props: { readonly box: ServerBox; readonly server: ServerView }) {
  const { box, server } = props;
  const { serverId, role, isAssigned, isReached, channels, own } = box;
  const heading = `box ${server.toldBy} ${server.serverId} ${serverId}`;
  return (
    <section
      class={`box${isAssigned ? " is-assigned" : ""}${isReached ? "" : " is-silent"}`}
      aria-labelledby={heading}
      data-box={role}
    >
      <header>
        <p class="role">{role}</p>
        <p class="has">{isAssigned && "has the channels"}</p>
        <h3 id={heading}>{serverId}</h3>
        <Mark word={isReached ? reached : unreached} />
      </header>
      <ChannelList of="Protected channels" channels={channels} />
      {own.length > 0 && (
        <>
          <p class="divider">Its own work</p>
          <ChannelList of="Its own channels" channels={own.slice(0, ownMax)} />
          {own.length > ownMax && <p class="explains">and {own.length - ownMax} more</p>}
        </>
      )}
    </section>
  );
}

function ChannelList(props: { readonly of: string; readonly channels: readonly BoxedChannel[] }) {
  const { of, channels } = props;
  if (channels.length === 0) return <p class="explains">No channel was told of.</p>;
  return (
    <ul class="channels" aria-label={of}>
      {channels.map((each) => (
        <ChannelLine key={each.name} channel={each} />
      ))}
    </ul>
  );
}

function ChannelLine({ channel }: { readonly channel: BoxedChannel }) {
  const { name, activity, activation, isToldNow, isOverridden, heardAtMs } = channel;
  const isIdle = activity === "STOPPED" && isToldNow;
  return (
    <li
      class={isIdle ? "is-idle" : ""}
      data-channel={name}
      data-activity={isToldNow ? activity : "UNKNOWN"}
    >
      <span class="name">{name}</span>
      <Mark word={activityWord(activity, isToldNow)} />
      <span class="activation">{isOverridden ? "OVERRIDE" : (activation ?? "")}</span>
      {!isToldNow && <Was activity={activity} heardAtMs={heardAtMs} />}
    </li>
  );
}

function Was(props: { readonly activity: string; readonly heardAtMs: number | undefined }) {
  const { activity, heardAtMs } = props;
  if (activity === "UNKNOWN") return null;
  const age =
    heardAtMs === undefined ? "" : ` ${printSpan(store.ageMs(heardAtMs, tick.value))} ago`;
  return (
    <span class="was explains">
      was {activity}
      {age}
    </span>
  );
}

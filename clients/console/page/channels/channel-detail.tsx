// All about one channel: what runs, how it failed last, what can be done, and its output.

import { useState } from "preact/hooks";
import type { ChannelView } from "../../src/view/channel.ts";
import { ActionButton, WhyNot } from "../actions/action-button.tsx";
import { OrderDialog } from "../actions/order-dialog.tsx";
import { UndeployDialog } from "../actions/undeploy-dialog.tsx";
import { hrefOf } from "../routing/route.ts";
import { ScrollBox } from "../shell/scroll-box.tsx";
import { store } from "../stream/event-stream.ts";
import { AsOf, Instant } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { activityWord } from "../words/state-words.ts";
import { ChannelLog } from "./channel-log.tsx";
import { Uptime } from "./channel-table.tsx";
import { findOtherSides, printOtherSides } from "./other-sides.ts";

export function ChannelDetail({ server, name, query }: ChannelDetailProps) {
  const channel = store.channels.of(`${server}/${name}`).value;
  const back = hrefOf("channels", server, { ...Object.fromEntries(query), channel: undefined });
  if (channel === undefined) {
    return (
      <section class="panel empty">
        <p>
          <strong class="id">{name}</strong> is not deployed on {server}.{" "}
          <a href={back}>To the list</a>
        </p>
      </section>
    );
  }
  const isToldNow = store.isToldNow("channels", server);
  const { activity, activation, because } = channel;
  return (
    <section class="panel" aria-labelledby="channel" data-detail={name}>
      <header>
        <h2 id="channel">
          <span class="id">{name}</span> on {server}{" "}
          <Mark word={activityWord(activity, isToldNow)} /> {activation}
        </h2>
        <a class="push" href={back}>
          Close
        </a>
      </header>
      <div class="body stack">
        <p>
          {because}{" "}
          <span class="explains">
            <AsOf view={channel} service="channels" />
          </span>
        </p>
        <ChannelActions channel={channel} />
        <ChannelFacts channel={channel} isToldNow={isToldNow} />
        <LastFailure channel={channel} />
        <ChannelLog key={`${server}/${name}`} server={server} name={name} />
      </div>
    </section>
  );
}

interface ChannelDetailProps {
  readonly server: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

function ChannelActions({ channel }: { readonly channel: ChannelView }) {
  const [open, setOpen] = useState<"start" | "stop" | "undeploy">();
  const { activity } = channel;
  const isDown = activity === "STOPPED" || activity === "FAILED";
  const close = () => setOpen(undefined);
  return (
    <div class="actions">
      <div class="buttons">
        {isDown && <ActionButton name="start" label="Start…" onAct={() => setOpen("start")} />}
        {activity !== "STOPPED" && (
          <ActionButton name="stop" label="Stop…" isDanger onAct={() => setOpen("stop")} />
        )}
        <ActionButton
          name="undeploy"
          label="Undeploy…"
          isDanger
          onAct={() => setOpen("undeploy")}
        />
      </div>
      <WhyNot />
      {(open === "start" || open === "stop") && (
        <OrderDialog channel={channel} order={open} onClose={close} />
      )}
      {open === "undeploy" && <UndeployDialog channel={channel} onClose={close} />}
    </div>
  );
}

function ChannelFacts({ channel, isToldNow }: FactsProps) {
  const { protectedBy, term, restarts, pid, digest, override, definition } = channel;
  const others = findOtherSides(store.channels.all.value)(channel);
  const { command, environment, workingDirectory, user, readiness, stopSignal } = definition;
  const facts = {
    "Protected by": protectedBy === "" ? "nobody: local" : protectedBy,
    Term: term === "" ? "without an order" : term,
    Restarts: String(restarts),
    Process: pid === 0 ? "none" : String(pid),
    "Other side": printOtherSides(channel, others),
    Digest: digest.slice(0, 16),
    Command: command.join(" "),
    "Working folder": workingDirectory === "" ? "that of the channels service" : workingDirectory,
    "Environment (names)": environment.length === 0 ? "none" : environment.join(", "),
    User: user === "" ? "that of the channels service" : user,
    "Ready when": readiness === "" ? "it runs" : readiness,
    "Stopped by": stopSignal === "" ? "SIGTERM" : stopSignal,
  };
  return (
    <dl class="fact-list">
      <div>
        <dt>For</dt>
        <dd>
          <Uptime channel={channel} isToldNow={isToldNow} />
        </dd>
      </div>
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {override !== undefined && (
        <div>
          <dt>OVERRIDE</dt>
          <dd class="tone-bad">
            by {override.name}: {override.reason}, since <Instant atMs={override.sinceAtMs} />
          </dd>
        </div>
      )}
    </dl>
  );
}

interface FactsProps {
  readonly channel: ChannelView;
  readonly isToldNow: boolean;
}

function LastFailure({ channel: { lastFailure } }: { readonly channel: ChannelView }) {
  if (lastFailure === undefined) return <p class="explains">It has not failed.</p>;
  const { atMs, reason, lastLines } = lastFailure;
  return (
    <div data-last-failure>
      <h3>Last failure</h3>
      <p>
        {reason}, <Instant atMs={atMs} />
      </p>
      {lastLines.length > 0 && (
        <ScrollBox label="Last lines before it">
          <pre>{lastLines.join("\n")}</pre>
        </ScrollBox>
      )}
    </div>
  );
}

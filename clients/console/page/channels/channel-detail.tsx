// All about one channel: what runs, how it failed last, what can be done, and its output.

import { useState } from "preact/hooks";
import type { ChannelView } from "../../src/view/channel.ts";
import { ActionButton } from "../actions/action-button.tsx";
import { OrderDialog } from "../actions/order-dialog.tsx";
import { UndeployDialog } from "../actions/undeploy-dialog.tsx";
import { hrefOf } from "../routing/route.ts";
import { ScrollBox } from "../shell/scroll-box.tsx";
import { store } from "../stream/event-stream.ts";
import { AsOf, Instant } from "../words/as-of.tsx";
import { Mark } from "../words/mark.tsx";
import { activityWord } from "../words/state-words.ts";
import { otherSidesOf } from "./channel-index.ts";
import { ChannelLog } from "./channel-log.tsx";
import { Uptime } from "./channel-table.tsx";
import { printOtherSides } from "./other-sides.ts";

export function ChannelDetail({ server, name, query }: ChannelDetailProps) {
  const [asked, setAsked] = useState<Asked>();
  const channel = store.channels.of(`${server}/${name}`).value;
  const back = hrefOf("channels", server, { ...Object.fromEntries(query), channel: undefined });
  return (
    <>
      {channel === undefined ? (
        <section class="panel empty" data-gone={name}>
          <p>
            <strong class="id">{name}</strong> is not deployed on {server}.{" "}
            <a href={back}>To the list</a>
          </p>
        </section>
      ) : (
        <Known channel={channel} back={back} onAsk={(wish) => setAsked({ wish, channel })} />
      )}
      {asked !== undefined && <Dialog {...asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

interface ChannelDetailProps {
  readonly server: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

type Wish = "start" | "stop" | "undeploy";

/** What was asked for, of the channel as it was then: an undeployed one is no more. */
interface Asked {
  readonly wish: Wish;
  readonly channel: ChannelView;
}

function Dialog({ wish, channel, onClose }: Asked & { readonly onClose: () => void }) {
  if (wish === "undeploy") return <UndeployDialog channel={channel} onClose={onClose} />;
  return <OrderDialog channel={channel} order={wish} onClose={onClose} />;
}

function Known({ channel, back, onAsk }: KnownProps) {
  const { name, toldBy: server, activity, activation, because } = channel;
  const isToldNow = store.isToldNow("channels", server);
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
        <Wishes activity={activity} onAsk={onAsk} />
        <ChannelFacts channel={channel} isToldNow={isToldNow} />
        <LastFailure channel={channel} />
        <ChannelLog key={`${server}/${name}`} server={server} name={name} />
      </div>
    </section>
  );
}

interface KnownProps {
  readonly channel: ChannelView;
  /** Address of the list. */
  readonly back: string;
  readonly onAsk: (wish: Wish) => void;
}

function Wishes({ activity, onAsk }: Pick<KnownProps, "onAsk"> & Pick<ChannelView, "activity">) {
  const isDown = activity === "STOPPED" || activity === "FAILED";
  return (
    <div class="buttons">
      {isDown && <ActionButton name="start" label="Start…" onAct={() => onAsk("start")} />}
      {activity !== "STOPPED" && (
        <ActionButton name="stop" label="Stop…" isDanger onAct={() => onAsk("stop")} />
      )}
      <ActionButton name="undeploy" label="Undeploy…" isDanger onAct={() => onAsk("undeploy")} />
    </div>
  );
}

function ChannelFacts({ channel, isToldNow }: FactsProps) {
  const { protectedBy, term, restarts, pid, digest, override, definition } = channel;
  const others = otherSidesOf.value(channel);
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

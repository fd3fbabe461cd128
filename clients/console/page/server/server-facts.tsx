// What is known of a server, each fact as it counts down or grows old between two words of its
// monitor.

import type { ComponentChildren } from "preact";
import type { LeaseView, ServerView } from "../../src/view/server.ts";
import { Panel } from "../shell/panel.tsx";
import { ScrollBox } from "../shell/scroll-box.tsx";
import { store } from "../stream/event-stream.ts";
import { tick } from "../stream/page-clock.ts";
import { silenceMs } from "../stream/silence.ts";
import { Instant } from "../words/as-of.tsx";
import { printLength, printRoundTrip, printSpan } from "../words/span.ts";
import { assignmentText } from "../words/state-words.ts";

export function ServerFacts({ server, serverKey }: FactsProps) {
  const { term, protection, host, holder, changedAtMs, asOfMs } = server;
  const ageMs = store.ageMs(server.heardAtMs, tick.value);
  const since = changedAtMs === undefined ? "-" : printSpan(asOfMs - changedAtMs + ageMs);
  return (
    <Panel id="facts" title="Now">
      <dl class="fact-list">
        <Fact name="In this state for">{since}</Fact>
        {server.declared !== server.state && <Fact name="Declared">{server.declared}</Fact>}
        <Fact name="Channels belong to">{printAssignment(server)}</Fact>
        <Fact name="Lease">
          <Lease lease={server.lease} serverKey={serverKey} ageMs={ageMs} />
        </Fact>
        <Fact name="Term">{term}</Fact>
        <PulseFacts server={server} serverKey={serverKey} />
        <Fact name="Threshold">{printLength(server.thresholdMs)}</Fact>
        <Fact name="Protection">{protection === "LEASE" ? "lease" : "none"}</Fact>
        <Fact name="Host">{host === "" ? "not heard yet" : host}</Fact>
        <Fact name="Holder">
          <code>{holder === "" ? "not known" : holder}</code>
        </Fact>
        {server.reportedAtMs !== undefined && (
          <Fact name="Reported at">
            <Instant atMs={server.reportedAtMs} />
          </Fact>
        )}
      </dl>
      <Targets server={server} />
    </Panel>
  );
}

interface FactsProps {
  readonly server: ServerView;
  readonly serverKey: string;
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function printAssignment({ assignment, serverId, targets }: ServerView): string {
  const names = { PRIMARY: [serverId], BACKUP: targets.map(({ name }) => name), NOBODY: [] };
  return [assignmentText(assignment), ...names[assignment]].join(", ");
}

// Apart from the rest: it changes with every heartbeat.
function PulseFacts({ server, serverKey }: FactsProps) {
  const pulse = store.pulses.of(serverKey).value;
  if (pulse === undefined) return <Fact name="Heartbeats">none heard</Fact>;
  const ageMs = store.ageMs(pulse.heardAtMs, tick.value);
  const { timeToDeadMs, intervalMs, roundTripMs } = pulse;
  const isDead = server.state === "DEAD";
  const never = isDead ? "it is DEAD" : "not now: nothing would be declared";
  const left = timeToDeadMs === undefined ? never : printSpan(timeToDeadMs - ageMs);
  const { sinceGoodMs } = pulse;
  const isSilent = silenceMs(pulse, ageMs) >= server.thresholdMs;
  const since = sinceGoodMs === undefined ? "never" : `${printSpan(sinceGoodMs + ageMs)} ago`;
  return (
    <>
      <Fact name="Last good heartbeat">{since}</Fact>
      <Fact name="DEAD in">{left}</Fact>
      <Fact name="Interval">{intervalMs === undefined ? "-" : printLength(intervalMs)}</Fact>
      <Fact name="Round trip">
        {roundTripMs === undefined ? "not known" : printRoundTrip(roundTripMs)}
        {isSilent && roundTripMs !== undefined && ", when it was heard last"}
      </Fact>
    </>
  );
}

// The monitor tells a server when something changes. A good heartbeat since then has shown that the
// lease is held, and has renewed it.
function Lease({ lease, serverKey, ageMs }: LeaseProps) {
  const pulse = store.pulses.of(serverKey).value;
  if (lease.kind !== "held" || pulse?.sinceGoodMs === undefined)
    return <>{printLease(lease, ageMs)}</>;
  const sinceGoodMs = pulse.sinceGoodMs + store.ageMs(pulse.heardAtMs, tick.value);
  if (sinceGoodMs >= ageMs) return <>{printLease(lease, ageMs)}</>;
  return (
    <>
      held under term {lease.term}, renewed with the heartbeat {printSpan(sinceGoodMs)} ago
    </>
  );
}

interface LeaseProps {
  readonly lease: LeaseView;
  readonly serverKey: string;
  /** Age of what the monitor told of the lease. */
  readonly ageMs: number;
}

function printLease(lease: LeaseView, ageMs: number): string {
  switch (lease.kind) {
    case "none":
      return "none";
    case "unknown":
      return "UNKNOWN";
    case "unprotected":
      return "no protection: it never stops by itself";
    case "held": {
      const leftMs = lease.timeLeftMs - ageMs;
      return leftMs > 0
        ? `held under term ${lease.term}, ${printSpan(leftMs)} left`
        : `over: held last under term ${lease.term}`;
    }
    case "ended":
      return `ended under term ${lease.term}: ${lease.because}`;
    case "override":
      return `OVERRIDE by ${lease.by}: ${lease.reason}`;
  }
}

function Targets({ server }: { readonly server: ServerView }) {
  if (server.targets.length === 0) return <p class="explains">Its flow starts nothing anywhere.</p>;
  return (
    <ScrollBox label="Targets of the flow">
      <table>
        <caption class="unseen">Targets of the flow</caption>
        <thead>
          <tr>
            <th scope="col">Target</th>
            <th scope="col">Heard</th>
            <th scope="col">Clean</th>
            <th scope="col">Last error</th>
          </tr>
        </thead>
        <tbody>
          {server.targets.map(({ name, address, isWatched, isClean, isConfirmed, lastError }) => (
            <tr key={name}>
              <td>
                {name} <span class="explains">{address}</span>
              </td>
              <td>{isWatched ? "yes" : "no: UNKNOWN"}</td>
              <td>
                {isClean ? "clean" : "dirty"}
                {isConfirmed && ", confirmed stopped"}
              </td>
              <td>{lastError === "" ? "-" : lastError}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

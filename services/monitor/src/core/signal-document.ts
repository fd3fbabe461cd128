// The XML document that a flow sees: <signal server="primary-1" host="..." term="7"
// time="...">DEAD</signal>.

import type { ServerRecord, Signal } from "./server-record.ts";

/** The facts of a signal document. */
export interface SignalFacts {
  readonly serverId: string;
  readonly host: string;
  readonly signal: Signal;
  readonly term: bigint;
  readonly wallMs: number;
  /** Why the case runs. Told as an attribute only where it is not a signal. */
  readonly reason: RunReason;
}

/** Why a flow runs. */
export type RunReason = "signal" | "failback" | "switchover";

/**
 * The document as text. Attribute values are escaped, and characters that XML cannot hold are left
 * out.
 */
export function writeSignalDocument(facts: SignalFacts): string {
  const attributes = [
    ["server", facts.serverId],
    ["host", facts.host],
    ["term", String(facts.term)],
    ["time", new Date(facts.wallMs).toISOString()],
    ...(facts.reason === "signal" ? [] : [["reason", facts.reason]]),
  ];
  const text = attributes.map(([name, value]) => ` ${name}="${escape(value ?? "")}"`).join("");
  return `<signal${text}>${facts.signal}</signal>`;
}

/** The document that a signal or a wish would have if it came now: under the next term. */
export function writeNextDocument(
  { serverId, host, term }: Pick<ServerRecord, "serverId" | "host" | "term">,
  asked: Pick<SignalFacts, "signal" | "reason" | "wallMs">,
): string {
  return writeSignalDocument({ serverId, host, term: term + 1n, ...asked });
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

function escape(text: string): string {
  // What is no printable character of the basic plane is left out: the host is the only value a
  // server chooses.
  return text
    .replace(/[^\u0020-\ud7ff\ue000-\ufffd]/g, "")
    .replace(/[&<>"']/g, (c) => entities[c] ?? "");
}

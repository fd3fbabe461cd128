// One signal document of every kind that a server can bring about: what a switch is tried on.

import type { Signal } from "../core/server-record.ts";
import { type RunReason, writeSignalDocument } from "../core/signal-document.ts";

/** A sample with what it is a sample of. */
export interface SampleDocument {
  readonly signal: Signal;
  readonly reason: RunReason;
  readonly text: string;
}

const kinds: readonly { readonly signal: Signal; readonly reason: RunReason }[] = [
  { signal: "LIVE", reason: "signal" },
  { signal: "LIVE", reason: "failback" },
  { signal: "DEAD", reason: "signal" },
  { signal: "DEAD", reason: "switchover" },
  { signal: "CLOSE", reason: "signal" },
];

/** The sample documents of one server. */
export function sampleDocuments(serverId: string): readonly SampleDocument[] {
  return kinds.map((kind) => ({
    ...kind,
    text: writeSignalDocument({ ...kind, serverId, host: "host", term: 1n, wallMs: 0 }),
  }));
}

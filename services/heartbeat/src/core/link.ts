// The way to the monitor: one stream at a time, its sequence numbers, when it is given up, and when
// and where the next one is tried. Knows nothing of leases.

import { remember, type Unanswered } from "./unanswered.ts";

/** How streams are opened and given up. */
export interface LinkSettings {
  /** Replicas of one monitor group, tried in turn. At least one. */
  readonly addresses: readonly string[];
  /** A stream on which nothing was answered for so long is given up. */
  readonly silenceMs: number;
  /**
   * Pause after the first round of failures; each further one is twice as long, up to the maximum.
   */
  readonly reconnectFirstMs: number;
  readonly reconnectMaxMs: number;
}

/**
 * A stream that lived shorter is no reason to come back at once: two clones would push each other
 * out all day.
 */
export const stableStreamMs = 1000;

/** A stream that is open. */
export interface OpenStream {
  readonly kind: "open";
  readonly serial: number;
  readonly address: string;
  readonly openedAtMs: number;
  /** Number of the last message sent. 0: none. */
  readonly sequence: number;
  /** Highest number that was answered. 0: none. */
  readonly acknowledged: number;
  /** When that answer came, since the boot of the kernel; of meaning only then. */
  readonly answeredBootMs: number;
  readonly unanswered: Unanswered;
  readonly sentAtMs: number;
  /**
   * The first heartbeat waits for the channels service: for the cut (R9), or, in a new life, for
   * the first call, so that it can tell the holder. It waits no longer than that call may take.
   */
  readonly awaitsChannels: boolean;
  /** Length to which this stream has cut the lease. Undefined: it has not. */
  readonly cutMs: number | undefined;
  readonly hasGrant: boolean;
}

export type Stream =
  | { readonly kind: "waiting"; readonly openAtMs: number }
  | {
      readonly kind: "connecting";
      readonly serial: number;
      readonly address: string;
      readonly sinceMs: number;
    }
  | OpenStream;

export interface Link {
  readonly stream: Stream;
  /** Of the address in use, or tried next. */
  readonly addressIndex: number;
  /** Streams in a row that were no good. */
  readonly failures: number;
  /** Serial of the last stream; rises over restarts too, because it starts from the boot clock. */
  readonly serial: number;
  /** Why the last stream ended. Empty: none has. */
  readonly lastError: string;
}

export function firstLink(now: { readonly nowMs: number; readonly bootMs: number }): Link {
  const stream = { kind: "waiting", openAtMs: now.nowMs } as const;
  const serial = Math.floor(now.bootMs);
  return { stream, addressIndex: 0, failures: 0, serial, lastError: "" };
}

export function addressOf(link: Link, settings: LinkSettings): string {
  return settings.addresses[link.addressIndex % settings.addresses.length] ?? "";
}

/** Begins the next stream. */
export function connect(
  link: Link,
  settings: LinkSettings,
  now: { readonly nowMs: number; readonly bootMs: number },
): Link {
  const serial = Math.max(link.serial + 1, Math.floor(now.bootMs));
  const address = addressOf(link, settings);
  return { ...link, serial, stream: { kind: "connecting", serial, address, sinceMs: now.nowMs } };
}

export function open(
  connecting: { readonly serial: number; readonly address: string },
  nowMs: number,
): OpenStream {
  return {
    kind: "open",
    serial: connecting.serial,
    address: connecting.address,
    openedAtMs: nowMs,
    sequence: 0,
    acknowledged: 0,
    answeredBootMs: 0,
    unanswered: [],
    sentAtMs: Number.NEGATIVE_INFINITY,
    awaitsChannels: false,
    cutMs: undefined,
    hasGrant: false,
  };
}

/** Numbers and remembers one more message of the stream. */
export function send(
  stream: OpenStream,
  now: { readonly nowMs: number; readonly bootMs: number },
): OpenStream {
  const sequence = stream.sequence + 1;
  const { nowMs, bootMs } = now;
  const { acknowledged } = stream;
  const unanswered = remember(stream.unanswered, { sequence, acknowledged, nowMs, bootMs });
  return { ...stream, sequence, unanswered, sentAtMs: nowMs };
}

/** When a stream has been silent for too long. Infinity: nothing is waited for. */
export function silentAtMs(stream: Stream, settings: LinkSettings): number {
  switch (stream.kind) {
    case "waiting":
      return Number.POSITIVE_INFINITY;
    case "connecting":
      return stream.sinceMs + settings.silenceMs;
    case "open":
      return (stream.unanswered[0]?.nowMs ?? Number.POSITIVE_INFINITY) + settings.silenceMs;
  }
}

/**
 * Ends the stream and plans the next: at once after a stable one, else with a pause once all
 * addresses were tried.
 */
export function lose(
  link: Link,
  settings: LinkSettings,
  loss: {
    readonly because: string;
    readonly isSilent: boolean;
    readonly nowMs: number;
    readonly chance: number;
  },
): Link {
  const { stream } = link;
  const { because, isSilent, nowMs, chance } = loss;
  const isAnswered = stream.kind === "open" && stream.acknowledged > 0;
  const isStable = isAnswered && nowMs - stream.openedAtMs >= stableStreamMs;
  const failures = isStable ? 0 : link.failures + 1;
  const rounds = Math.floor(failures / settings.addresses.length);
  const pauseMs = isStable || rounds === 0 ? 0 : pause(settings, rounds, chance);
  const staysHere = isAnswered && !isSilent;
  return {
    ...link,
    stream: { kind: "waiting", openAtMs: nowMs + pauseMs },
    addressIndex: (link.addressIndex + (staysHere ? 0 : 1)) % settings.addresses.length,
    failures,
    lastError: because,
  };
}

// Between half and all of the nominal pause, so that servers that lost the same monitor do not
// return together.
function pause(settings: LinkSettings, rounds: number, chance: number): number {
  const doublings = Math.min(rounds - 1, 30);
  const nominalMs = Math.min(settings.reconnectMaxMs, settings.reconnectFirstMs * 2 ** doublings);
  return nominalMs * (0.5 + chance / 2);
}

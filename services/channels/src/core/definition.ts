// What a channel is: its definition with every default filled in, and the bounds of its values.

import { canonical } from "./canonical.ts";

/** A channel's definition. Two servers run the same when all but `protectedBy` is equal. */
export interface Definition {
  readonly name: string;
  /** Id of the server that owns and protects the channel; undefined for a local one. */
  readonly protectedBy: string | undefined;
  readonly runtime: ProcessRuntime;
  readonly readiness: Readiness;
  readonly stop: StopPolicy;
  readonly restart: RestartPolicy;
}

/** A program in a process group of its own. Further runtimes become further members of a union. */
export interface ProcessRuntime {
  readonly kind: "process";
  /** Program and arguments; at least one entry. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute, or relative to the data folder; "" is that folder. */
  readonly workingDirectory: string;
  /** Name or number; "" is the user of the channels service. */
  readonly user: string;
}

/** When a running program counts as STARTED. */
export interface Readiness {
  readonly check: ReadinessCheck;
  readonly timeoutMs: number;
  readonly intervalMs: number;
}

export type ReadinessCheck =
  | { readonly kind: "none" }
  | { readonly kind: "tcp"; readonly address: string }
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "command"; readonly command: readonly string[] };

/** How a program is asked to stop, and how long it may take. */
export interface StopPolicy {
  readonly signal: string;
  readonly timeoutMs: number;
}

/** What happens when a program ends by itself. */
export interface RestartPolicy {
  /** Restarts in a row before the channel is FAILED. */
  readonly attemptsMax: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly stableAfterMs: number;
}

/** Whether two definitions say the same, protection included. */
export function isSameDefinition(one: Definition, other: Definition): boolean {
  return one === other || canonical(one) === canonical(other);
}

/** What a definition holds where nothing is said. */
export const defaults = {
  readiness: { timeoutMs: 30_000, intervalMs: 100 },
  stop: { signal: "SIGTERM", timeoutMs: 10_000 },
  restart: { attemptsMax: 5, backoffMs: 200, backoffMaxMs: 30_000, stableAfterMs: 60_000 },
} as const;

/**
 * Bounds of the values, the same for files and requests. An hour is longer than any honest start or
 * stop.
 */
export const bounds = {
  /** On one server. A monitor takes no heartbeat with more: the server would be declared dead. */
  channelsMax: 1000,
  commandEntriesMax: 256,
  textBytesMax: 32_768,
  environmentEntriesMax: 256,
  /** As JSON; with its state a channel fits into one message that any client takes. */
  definitionBytesMax: 524_288,
  readinessTimeoutMs: { minMs: 1, maxMs: 3_600_000 },
  readinessIntervalMs: { minMs: 5, maxMs: 3_600_000 },
  stopTimeoutMs: { minMs: 0, maxMs: 3_600_000 },
  attemptsMax: 1_000_000,
  backoffMs: { minMs: 1, maxMs: 86_400_000 },
  stableAfterMs: { minMs: 0, maxMs: 86_400_000 },
} as const;

/**
 * Signals that can ask a program to stop. SIGKILL is a stop without grace; SIGSTOP would never end
 * it.
 */
export const stopSignals = [
  "SIGTERM",
  "SIGINT",
  "SIGQUIT",
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGKILL",
] as const;

/** Names that an environment variable can have. */
export const environmentNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The prefix of variables that the channels service sets itself; a definition cannot. */
export const reservedEnvironmentPrefix = "HOT_BACKUP_";

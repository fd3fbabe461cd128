// Channels as the channels service of a server tells them. Values of environments are never here.

import type { ActorView } from "./actor.ts";
import type { Heard } from "./source.ts";

export type Activity =
  "STOPPED" | "STARTING" | "STARTED" | "STOPPING" | "RESTARTING" | "FAILED" | "UNKNOWN";
export type Activation = "ACTIVE" | "INACTIVE";

/** One channel on one server (`toldBy`); with `name` it names this view. */
export interface ChannelView extends Heard {
  readonly name: string;
  /** Id of the server that owns and protects it. "": local. */
  readonly protectedBy: string;
  readonly activity: Activity;
  readonly activation: Activation;
  /** Term of the order it was started by. "": without one. */
  readonly term: string;
  readonly because: string;
  readonly restarts: number;
  readonly pid: number;
  readonly changedAtMs: number | undefined;
  readonly asOfMs: number;
  /** Equal on two servers when they would run the same. */
  readonly digest: string;
  readonly lastFailure: ChannelFailureView | undefined;
  /** The override that it runs by. Undefined: none. */
  readonly override: (ActorView & { readonly sinceAtMs: number | undefined }) | undefined;
  readonly definition: ChannelDefinitionView;
}

export interface ChannelFailureView {
  readonly atMs: number;
  readonly reason: string;
  readonly lastLines: readonly string[];
}

/** What is run, for people. */
export interface ChannelDefinitionView {
  readonly command: readonly string[];
  /** Names only: values may be secrets. */
  readonly environment: readonly string[];
  readonly workingDirectory: string;
  readonly user: string;
  /** For example "tcp 127.0.0.1:8080". "": ready as soon as it runs. */
  readonly readiness: string;
  readonly stopSignal: string;
  readonly stopTimeoutMs: number | undefined;
  /** Undefined: as many as the channels service gives by default. */
  readonly restartsMax: number | undefined;
}

/** How one channel came out of an order. */
export interface ChannelResultView {
  readonly name: string;
  readonly activity: Activity;
  readonly isOk: boolean;
  readonly error: string;
  readonly reason: string;
  readonly lastLines: readonly string[];
}

/** A line of a channel's output. */
export interface LogLineView {
  readonly atMs: number;
  /** "stdout", "stderr", or "service" for lines of the channels service itself. */
  readonly source: string;
  readonly text: string;
}

/** A message of the stream of a log: lines, oldest first; empty ones show that it is open. */
export interface LogEvent {
  readonly lines: readonly LogLineView[];
}

// What the channels service needs from outside.

import type { Change, Kept } from "./core/durable.ts";
import type { Definition, Readiness } from "./core/definition.ts";
import type { Order } from "./core/orders.ts";
import type { StartProblem } from "./core/start-problem.ts";

/** Keeps what must survive a crash. */
export interface Store {
  /** Random id of this store; programs carry it, so that what an earlier life left is found. */
  readonly storeId: string;
  /** Device and inode, as "dev:inode": a copy of the store has another one. */
  readonly place: string;
  load(): Kept;
  /** Durable when it returns. */
  save(change: Change): void;
  /** Digests of the texts that definition files had when they were applied last, by channel. */
  loadFileDigests(): ReadonlyMap<string, string>;
  saveFileDigest(name: string, digest: string): void;
  [Symbol.dispose](): void;
}

/** Runs channels. Nothing above it knows what a process is. */
export interface Runtime {
  /**
   * Ends whatever an earlier life of this service left running. Resolves when nothing is left;
   * tells how many.
   */
  clearEarlierLife(): Promise<number>;
  /** Starts one run of a channel. What becomes of it is told to the listener, never thrown. */
  launch(launch: Launch, listener: RunListener): Run;
  /**
   * What would keep channels from starting now, by name; nothing where nothing is seen. Starts
   * nothing, ends within seconds, and never rejects.
   */
  check(definitions: readonly Definition[]): Promise<ReadonlyMap<string, readonly StartProblem[]>>;
  close(): Promise<void>;
}

/** The guards of a runtime that has some. */
export interface GuardCounts {
  /** In place now. */
  readonly onDuty: number;
  /** Ended by themselves, ever. */
  readonly lost: number;
}

/** One run of a channel, to be started. */
export interface Launch {
  readonly definition: Definition;
  readonly order: Order | undefined;
  /** Trace context of the run, for the program. Absent: it belongs to no trace. */
  readonly traceparent?: string | undefined;
  /**
   * Instant since boot at which nothing of it may be left to run, enforced even when this service
   * is frozen.
   */
  readonly killAtMs: number | undefined;
}

/** Hears of one run. `onGone` comes once and last. */
export interface RunListener {
  /** The program runs. `pid` is 0 where the runtime has none. */
  onRunning(pid: number): void;
  /** Nothing of the run is left, whatever the cause. */
  onGone(reason: string): void;
  /** A piece of output, in order. Resolves when more may come. */
  onOutput(source: "stdout" | "stderr", bytes: Buffer): Promise<void>;
}

/** One run of a channel, under way. */
export interface Run {
  /** Moves the instant of `Launch.killAtMs`. */
  setKillAt(killAtMs: number): void;
  /**
   * Asks it to stop by its policy, and kills it at this instant since boot. May be repeated; the
   * earliest counts.
   */
  stop(killAtMs: number): void;
}

/** Tells when a running channel is ready. */
export interface Probe {
  /**
   * Resolves with undefined when ready, and otherwise with why not. Ends early when the signal
   * aborts.
   */
  await(
    readiness: Readiness,
    channel: { definition: Definition; signal: AbortSignal },
  ): Promise<string | undefined>;
}

/** One line of a channel's output. */
export interface LogLine {
  /** Wall clock. */
  readonly atMs: number;
  readonly source: "stdout" | "stderr" | "service";
  /** Without its line end, at most 8192 bytes. */
  readonly text: string;
}

/** The output of one channel, bounded. */
export interface ChannelLog {
  /**
   * Takes a piece of output. Resolves when more may come: a chatty channel is slowed down, not
   * buffered.
   */
  write(source: "stdout" | "stderr", bytes: Buffer): Promise<void>;
  /** Adds a line of this service. */
  note(text: string): void;
  /** Ends lines that have no end yet: the program that wrote them is gone. */
  endLines(): void;
  /** The newest lines, oldest first. */
  lastLines(): readonly string[];
  /** Bytes of output taken in this life of the service, whether or not they are still kept. */
  readonly takenBytes: number;
  /**
   * The last `tailLines` lines, and then, if `onLines` is given, every new one until the signal
   * aborts. Rejects with a Failure when too many follow.
   */
  read(
    tailLines: number,
    follow?: { onLines: (lines: readonly LogLine[]) => void; signal: AbortSignal },
  ): Promise<readonly LogLine[]>;
  close(): Promise<void>;
}

/** The logs of all channels. A log outlives its channel. */
export interface ChannelLogs {
  of(name: string): ChannelLog;
  /** Lets go of the log of a channel that is no more. It opens again when it is asked for. */
  retire(name: string): Promise<void>;
  close(): Promise<void>;
}

// Asks the targets of a gate to confirm that they run nothing of a server, again and again until
// they do or the gate is gone; and runs fence commands.

import { type Backoff, pauseMs } from "@hot-backup/kit/backoff.ts";
import type { Server } from "./core/draft.ts";
import type { MonitorParts } from "./parts.ts";
import type { OrderAnswer, StaleAnswer } from "./ports.ts";

/** Pauses between two questions: quick, because the channels run nowhere meanwhile. */
const backoff: Backoff = { firstMs: 50, maxMs: 1000 };

/** Pauses between two attempts to fence: a command that cuts power is not to be hurried. */
const fenceBackoff: Backoff = { firstMs: 1000, maxMs: 60_000 };

/** One for all that is cancelled: a new error each time would trace its stack for nobody. */
const notAskedAnyMore = new Error("It is not asked any more");

/** What follows from an answer. */
type AskEvent =
  | {
      readonly kind: "target_confirmed" | "target_denied";
      readonly target: string;
      readonly term: bigint;
    }
  | {
      readonly kind: "target_fenced";
      readonly target: string;
      readonly term: bigint;
      readonly error: string;
    };

interface AsksOf {
  /** False: the event could not be stored, so it has not happened. */
  take(event: AskEvent): boolean;
  seeStale(stale: StaleAnswer): void;
}

/** The questions of one server's gate. Must be disposed: then nothing more is asked. */
export class TargetAsks implements Disposable {
  readonly #parts: MonitorParts;
  readonly #serverId: string;
  readonly #server: AsksOf;
  readonly #errors = new Map<string, string>();
  /** How each target answered last under the present term. Absent: no answer yet. */
  readonly #answers = new Map<string, OrderAnswer["kind"] | "confirmed">();
  #term: bigint | undefined;
  #cancel = new AbortController();
  /** Targets that are asked without a gate, under this term. */
  #overridden = noneOverridden();

  constructor(parts: MonitorParts, serverId: string, server: AsksOf) {
    this.#parts = parts;
    this.#serverId = serverId;
    this.#server = server;
  }

  lastError(target: string): string {
    return this.#errors.get(target) ?? "";
  }

  /** Cancels everything that is not asked for the gate of this server, or under its term. */
  keep({ gate, record }: Pick<Server, "gate" | "record">): void {
    const isAskedOn = record.term === this.#overridden.term && record.assignment !== "backup";
    if (!isAskedOn && this.#overridden.targets.size > 0) {
      this.#overridden.cancel.abort(notAskedAnyMore);
      this.#overridden = noneOverridden();
    }
    if (gate?.term === this.#term) return;
    this.#cancel.abort(notAskedAnyMore);
    this.#cancel = new AbortController();
    this.#answers.clear();
    this.#term = gate?.term;
  }

  ask(target: string, term: bigint): void {
    void this.#askUntilConfirmed(target, term, this.#cancel.signal);
  }

  /** Asks a target that was seen to run channels by an override, once at a time. */
  askOverridden(target: string, term: bigint): void {
    const { targets, cancel } = this.#overridden;
    if (targets.has(target)) return;
    this.#overridden.term = term;
    targets.add(target);
    void this.#askUntilConfirmed(target, term, cancel.signal).then(() => targets.delete(target));
  }

  fence(target: string, term: bigint): void {
    void this.#fenceUntilVouched(target, term, this.#cancel.signal);
  }

  [Symbol.dispose](): void {
    this.#overridden.cancel.abort(notAskedAnyMore);
    this.#cancel.abort(notAskedAnyMore);
  }

  async #askUntilConfirmed(target: string, term: bigint, signal: AbortSignal): Promise<void> {
    const order = {
      target,
      serverId: this.#serverId,
      term,
      names: ["*"],
      actor: { name: "gate", reason: `The lease of ${this.#serverId} needs it under term ${term}` },
    };
    for (let failures = 1; !signal.aborted; failures += 1) {
      const answer = await this.#parts.targets.stop(order, signal);
      if (signal.aborted) return;
      const error = whyNotStopped(answer);
      this.#errors.set(target, error);
      this.#answers.set(target, answer.kind);
      if (error === "" && this.#server.take({ kind: "target_confirmed", target, term })) {
        this.#answers.set(target, "confirmed");
        return;
      }
      if (answer.kind === "answered" && error !== "") {
        this.#server.take({ kind: "target_denied", target, term });
      }
      if (answer.kind === "stale") this.#server.seeStale(answer);
      await this.#pause(pauseMs(backoff, failures, this.#parts.chance()), signal);
    }
  }

  async #fenceUntilVouched(target: string, term: bigint, signal: AbortSignal): Promise<void> {
    const fence = this.#parts.fences.get(this.#serverId)?.get(target);
    if (fence === undefined) return;
    const environment = {
      HOT_BACKUP_SERVER: this.#serverId,
      HOT_BACKUP_TARGET: target,
      HOT_BACKUP_TERM: String(term),
    };
    for (let failures = 1; !signal.aborted; failures += 1) {
      const last = this.#answers.get(target);
      if (last === "confirmed") return;
      // A target that answers, or is only slow to stop, lives, and works for others: no fence for
      // it.
      if (last !== "failed") {
        await this.#pause(backoff.maxMs, signal);
        continue;
      }
      const error = await this.#parts.actions.runCommand({ ...fence, environment }, signal);
      if (signal.aborted) return;
      const isTaken = this.#server.take({ kind: "target_fenced", target, term, error });
      if (isTaken && error === "") return;
      await this.#pause(pauseMs(fenceBackoff, failures, this.#parts.chance()), signal);
    }
  }

  #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        timer.cancel();
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const timer = this.#parts.timers.after(delayMs, finish);
      signal.addEventListener("abort", finish);
    });
  }
}

function noneOverridden() {
  return { term: 0n, targets: new Set<string>(), cancel: new AbortController() };
}

function whyNotStopped(answer: OrderAnswer): string {
  switch (answer.kind) {
    case "answered": {
      const left = answer.channels.filter((channel) => !channel.isOk);
      return left.map((channel) => `${channel.name}: ${channel.error}`).join("; ");
    }
    case "stale":
      return `The target has seen term ${answer.highestTerm}`;
    case "failed":
      return answer.error;
  }
}

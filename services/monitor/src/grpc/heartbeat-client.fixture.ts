// The sending end of a heartbeat stream, message by message, for tests of its other end.

import { status as Code, type StatusObject } from "@grpc/grpc-js";
import { toDuration } from "@hot-backup/kit/duration.ts";
import { CallFailed } from "@hot-backup/kit/errors.ts";
import type { LeaseReport } from "@hot-backup/proto/hotbackup/v1/lease.ts";
import {
  type Close,
  Heartbeat,
  type StreamHeartbeatsResponse,
} from "@hot-backup/proto/hotbackup/v1/monitor_service.ts";
import { Protection } from "@hot-backup/proto/hotbackup/v1/order.ts";
import type { Wire } from "./wire.fixture.ts";

type HeartbeatFields = Parameters<typeof Heartbeat.fromPartial>[0];

/** The report of a lease that is held, or has ended, under a term of the monitor's journal. */
export function leaseReport(
  kind: "held" | "ended",
  term: bigint,
  { leftMs = 5 }: { leftMs?: number } = {},
): LeaseReport {
  const of = { term, journalId: "journal-1" };
  const highest = { serverId: "primary-1", ...of };
  return kind === "held"
    ? { highest, state: { $case: "held", value: { ...of, timeLeft: toDuration(leftMs) } } }
    : { highest, state: { $case: "ended", value: { ...of, because: "a test" } } };
}

/** One heartbeat stream of primary-1. */
export class HeartbeatClient {
  /** How the stream ended, OK included. */
  readonly ended: Promise<CallFailed | "OK">;
  readonly answers: StreamHeartbeatsResponse[] = [];
  readonly #stream;
  #sequence = 0n;
  #wake = () => {};

  constructor({ client }: Pick<Wire, "client">) {
    this.#stream = client.streamHeartbeats();
    this.#stream.on("data", (answer: StreamHeartbeatsResponse) => {
      this.answers.push(answer);
      this.#wake();
    });
    this.#stream.on("error", () => {});
    this.ended = new Promise((resolve) => {
      this.#stream.on("status", (status: StatusObject) => {
        const failure = new CallFailed("stream", Object.assign(new Error(), status));
        resolve(status.code === Code.OK ? "OK" : failure);
      });
    });
  }

  /** Sends a heartbeat that acknowledges the one before, unless `fields` says otherwise. */
  send(fields: HeartbeatFields = {}): void {
    const acknowledged = this.#sequence;
    this.#sequence += 1n;
    const value = Heartbeat.fromPartial({
      serverId: "primary-1",
      group: "test",
      lifeId: "life-1",
      holder: "machine-1",
      host: "host-1",
      sequence: this.#sequence,
      acknowledged,
      interval: { seconds: 0n, nanos: 200_000_000 },
      channelsAnswering: true,
      protection: Protection.PROTECTION_LEASE,
      ...fields,
    });
    this.#stream.write({ message: { $case: "heartbeat", value } });
  }

  /** Sends a heartbeat and returns its answer. Throws how the stream ended when there is none. */
  async beat(fields: HeartbeatFields = {}): Promise<StreamHeartbeatsResponse> {
    this.send(fields);
    return this.#next();
  }

  /** Says CLOSE and returns the answer. */
  async close(close: Partial<Close> = {}): Promise<StreamHeartbeatsResponse> {
    this.sendClose(close);
    return this.#next();
  }

  sendClose(close: Partial<Close> = {}): void {
    this.#sequence += 1n;
    const actor = { name: "anna", reason: "the end of the day" };
    const value = { actor, sequence: this.#sequence, confirmedStopped: true, ...close };
    this.#stream.write({ message: { $case: "close", value } });
  }

  /** Sends a message that says nothing. */
  sendNothing(): void {
    this.#stream.write({ message: undefined });
  }

  /** Ends the sending half, without a word. */
  end(): void {
    this.#stream.end();
  }

  /** The stream breaks off. */
  cancel(): void {
    this.#stream.cancel();
  }

  async #next(): Promise<StreamHeartbeatsResponse> {
    const answered = new Promise<undefined>((resolve) => {
      this.#wake = () => resolve(undefined);
    });
    if (this.answers.length === 0) {
      const ended = await Promise.race([answered, this.ended]);
      if (ended instanceof CallFailed) throw ended;
      if (ended === "OK" && this.answers.length === 0) throw new Error("no answer came");
    }
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error("no answer came");
    return answer;
  }
}

/** From the first heartbeat to a primary that holds its lease, on a stream that stays open. */
export async function bringToLife(wire: Wire, fields: HeartbeatFields = {}) {
  const stream = new HeartbeatClient(wire);
  await stream.beat(fields);
  // Where no holder was known, a first grant waits for a threshold since the monitor's start.
  for (let round = 0; round < 12; round += 1) {
    await wire.story.time.pass(100);
    await stream.beat(fields);
  }
  const { term } = wire.story.record;
  await stream.beat({ ...fields, lease: leaseReport("held", term) });
  return stream;
}

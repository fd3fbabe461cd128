// Calls a method with bytes, whatever they are, and tells how it went.

import { type Client, Metadata, type ServiceError, status as Code } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo } from "@hot-backup/proto/google/rpc/error_details.ts";
import { Status } from "@hot-backup/proto/google/rpc/status.ts";

/** How a call went. */
export interface Outcome {
  /** The status code; undefined for a stream that was still open when everything was answered. */
  readonly code: Code | undefined;
  readonly message: string;
  readonly reason: string;
  /** Fields that are told as bad input. */
  readonly fields: readonly string[];
  readonly responses: readonly Buffer[];
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** Sends the messages. `settle` resolves when the service has done what it does with them. */
export function callRaw(
  client: Client,
  path: string,
  given: { messages: readonly Uint8Array[]; settle: () => Promise<void>; deadlineMs: number },
): Promise<Outcome> {
  return new Promise((resolve) => {
    const responses: Buffer[] = [];
    const deadline = Date.now() + given.deadlineMs;
    const stream = client.makeBidiStreamRequest(path, asIs, asIs, new Metadata(), { deadline });
    const end = (outcome: Omit<Outcome, "responses">) => resolve({ ...outcome, responses });
    stream.on("data", (bytes: Buffer) => responses.push(bytes));
    stream.on("error", (error: ServiceError) => end(explain(error)));
    stream.on("end", () => end({ code: Code.OK, message: "", reason: "", fields: [] }));
    for (const message of given.messages) stream.write(Buffer.from(message));
    stream.end();
    // On the same connection, so that it is answered after what came before it.
    const open = { code: undefined, message: "", reason: "", fields: [] };
    const giveUp = () => {
      end(open);
      stream.cancel();
    };
    given.settle().then(
      () => setImmediate(giveUp),
      () => {},
    );
  });
}

function explain(error: ServiceError): Omit<Outcome, "responses"> {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const details = Buffer.isBuffer(bytes) ? Status.decode(bytes).details : [];
  const find = (name: string) => details.find(({ typeUrl }) => typeUrl.endsWith(`.${name}`));
  const [info, bad] = [find("ErrorInfo"), find("BadRequest")];
  return {
    code: error.code,
    message: error.details,
    reason: info === undefined ? "" : ErrorInfo.decode(info.value).reason,
    fields:
      bad === undefined
        ? []
        : BadRequest.decode(bad.value).fieldViolations.map(({ field }) => field),
  };
}

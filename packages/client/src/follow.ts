// A stream that is read until it ends, fails, or the caller stops it.

import type { ClientReadableStream } from "@grpc/grpc-js";
import { CallFailed } from "@hot-backup/kit/errors.ts";

/**
 * Calls `onData` for each message. Resolves when the service has told all, or `stop` aborts;
 * rejects with CallFailed when the stream breaks before, or `onData` throws.
 */
export function follow<Message>(
  stream: ClientReadableStream<Message>,
  options: { what: string; stop: AbortSignal; onData: (message: Message) => void },
): Promise<void> {
  const { what, stop, onData } = options;
  return new Promise((resolve, reject) => {
    const cancel = () => stream.cancel();
    const settle = (error?: unknown) => {
      stop.removeEventListener("abort", cancel);
      if (stop.aborted || error === undefined) resolve();
      else reject(new CallFailed(what, error));
    };
    stream.on("data", function take(message: Message) {
      try {
        onData(message);
      } catch (error) {
        stream.off("data", take);
        settle(error);
        cancel();
      }
    });
    stream.on("error", settle);
    stream.on("end", () => settle());
    stop.addEventListener("abort", cancel, { once: true });
    if (stop.aborted) cancel();
  });
}

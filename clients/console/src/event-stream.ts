// One stream of server-sent events to one reader, with a bounded queue: a reader that does not keep
// up is cut, and comes back for a fresh beginning (EventSource does so by itself).

/** Most bytes that wait for one reader, beside what the kernel has taken. */
export const queueBytesMax = 4 * 1024 * 1024;

/** How soon a page that lost its stream comes back. */
const comeBackMs = 500;

/** Where messages to one reader go. */
export interface EventStream {
  /** For the response. */
  readonly body: ReadableStream<Uint8Array>;
  /** Sends one message of one line. After the end it does nothing. */
  send(line: string): void;
  /** Ends the stream in good order. */
  end(): void;
  /** Ends the stream at once, whatever waits: whoever holds the connection closes it. */
  cut(why: "slow" | "displaced"): void;
  /** Calls the listener when the stream has ended, for whatever reason; at once if it has. */
  onEnd(listener: (why: EndOfStream) => void): void;
}

/** "slow": cut, because too much waited to be read; "displaced": cut, to make room. */
export type EndOfStream = "ended" | "left" | "slow" | "displaced";

export function openEventStream(): EventStream {
  const encoder = new TextEncoder();
  const listeners: ((why: EndOfStream) => void)[] = [];
  let ended: EndOfStream | undefined;
  const finish = (why: EndOfStream) => {
    if (ended !== undefined) return;
    ended = why;
    for (const listener of listeners) listener(why);
  };
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
        given.enqueue(encoder.encode(`retry: ${comeBackMs}\n\n`));
      },
      cancel: () => finish("left"),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: queueBytesMax }),
  );
  return {
    body,
    send: (line) => {
      if (ended !== undefined || controller === undefined) return;
      if ((controller.desiredSize ?? 0) <= 0) {
        // Whoever holds the connection closes it; what waits would only wait longer.
        finish("slow");
        return;
      }
      controller.enqueue(encoder.encode(`data: ${line}\n\n`));
    },
    end: () => {
      if (ended !== undefined) return;
      controller?.close();
      finish("ended");
    },
    cut: finish,
    onEnd: (listener) => {
      if (ended === undefined) listeners.push(listener);
      else listener(ended);
    },
  };
}

// The sockets of one SMTP connection, so that somebody can cut it off: nodemailer bounds silence,
// but not how long a server may go on without an end.

import { connect, type Socket } from "node:net";

/** One attempt under way. */
export interface BoundAttempt extends Disposable {
  readonly isOverdue: boolean;
}

/** Opens one socket after the other; the last one is in use. */
export interface SocketSource {
  /** Rejects when nobody answers in time, and at once during an attempt that is overdue. */
  open(to: { host: string; port: number }): Promise<Socket>;
  /** From now until disposed, no socket outlives `timeoutMs`. One attempt at a time. */
  bound(timeoutMs: number): BoundAttempt;
  /** Ends what is open. */
  destroy(): void;
}

/** `timeoutMs`: until connected, the lookup of the name included. */
export function openSocketSource(options: { timeoutMs: number }): SocketSource {
  let current: Socket | undefined;
  let isOverdue = false;
  return {
    open: async ({ host, port }) => {
      if (isOverdue) throw new Error("no time is left for another connection");
      // Several addresses share the time.
      const autoSelectFamilyAttemptTimeout = Math.max(10, Math.ceil(options.timeoutMs / 4));
      const socket = connect({ host, port, autoSelectFamilyAttemptTimeout });
      current = socket;
      await untilConnected(socket, options.timeoutMs);
      return socket;
    },
    bound: (timeoutMs) => {
      isOverdue = false;
      const timer = setTimeout(() => {
        isOverdue = true;
        current?.destroy();
      }, timeoutMs);
      return {
        get isOverdue() {
          return isOverdue;
        },
        [Symbol.dispose]: () => {
          clearTimeout(timer);
          isOverdue = false;
        },
      };
    },
    destroy: () => {
      current?.destroy();
    },
  };
}

function untilConnected(socket: Socket, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => socket.destroy(new Error("Connection timeout")), timeoutMs);
    const settle = (error: Error | undefined) => {
      clearTimeout(late);
      socket.off("connect", connected).off("error", settle).off("close", closed);
      if (error === undefined) return resolve();
      // Nobody else listens yet, and a second error must not end the process.
      socket.on("error", () => undefined);
      reject(withReason(error));
    };
    const connected = () => settle(undefined);
    const closed = () => settle(new Error("Connection closed"));
    socket.on("connect", connected).on("error", settle).on("close", closed);
  });
}

// Of several addresses that all failed, node tells one error with an empty message.
function withReason(error: Error): Error {
  if (!(error instanceof AggregateError) || error.message !== "") return error;
  const messages = error.errors.map((each) => (each instanceof Error ? each.message : `${each}`));
  return new Error(messages.join("; "), { cause: error });
}

// SIGTERM and SIGINT as one AbortSignal, so that a service stops in good order however it is asked;
// signals that ask for nothing are outlived.

/**
 * Aborts at the first SIGTERM or SIGINT. A second one ends the process at once with exit code 1.
 */
export function listenForStop(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(1);
      stop.abort(new Error(`received ${name}`));
    });
  }
  return stop.signal;
}

/**
 * What would end a service without a word by default, or open a debugger to everybody on this
 * machine: sent by a terminal that closes, by log rotation, or to the wrong process.
 */
const strayNames = ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

/** Lets a service outlive signals that mean nothing to it, and tells of each. */
export function outliveStraySignals(given: {
  /** Signals that this service listens for itself. */
  readonly except: readonly NodeJS.Signals[];
  readonly tell: (signal: NodeJS.Signals) => void;
}): void {
  for (const name of strayNames) {
    if (!given.except.includes(name)) process.on(name, given.tell);
  }
}

/** Resolves when the signal aborts; at once when it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Waits, or returns early when the signal aborts. Never rejects. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener("abort", finish, { once: true });
  });
}

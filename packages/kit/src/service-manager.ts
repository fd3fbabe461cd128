// Tells systemd how this service is: that it serves, that its event loop turns, that it stops.
// Where nothing has asked for that (no NOTIFY_SOCKET) it does nothing.
//
// The socket takes datagrams, which Node cannot send. systemd-notify can, and is wherever systemd
// is: a process of some milliseconds for each word.

import { execFile } from "node:child_process";
import type { Logger } from "./log.ts";

/** Whoever started this process and wants to know how it is. */
export interface ServiceManager {
  /** It serves. From now on the event loop says that it turns, for as long as it does. */
  tellReady(): void;
  tellStopping(): void;
}

/** How many times in a period of the watchdog it is fed: two may be lost. */
const feedsPerPeriod = 3;

/** A word that takes longer is given up; on a machine in order it takes milliseconds. */
const wordTakesMaxMs = 30_000;

export function openServiceManager(environment: NodeJS.ProcessEnv, log: Logger): ServiceManager {
  if (environment["NOTIFY_SOCKET"] === undefined) {
    return { tellReady: () => undefined, tellStopping: () => undefined };
  }
  const tell = createTeller(environment, log);
  const periodMs = watchdogPeriodMs(environment);
  return {
    tellReady: () => {
      tell("READY=1");
      if (periodMs === undefined) return;
      // On the loop that does the work: when that hangs, nothing is said, and that says it.
      let isFeeding = false;
      const feed = () => {
        if (isFeeding) return;
        isFeeding = true;
        tell("WATCHDOG=1", () => (isFeeding = false));
      };
      setInterval(feed, periodMs / feedsPerPeriod).unref();
    },
    tellStopping: () => tell("STOPPING=1"),
  };
}

// Whoever waits for a word that cannot be sent acts on that; here it is enough to say why.
function createTeller(env: NodeJS.ProcessEnv, log: Logger) {
  let hasComplained = false;
  return (word: string, onDone?: () => void): void => {
    execFile("systemd-notify", [word], { env, timeout: wordTakesMaxMs }, (error) => {
      if (error !== null && !hasComplained) {
        hasComplained = true;
        log.error({ err: error, word }, "Cannot tell the service manager");
      }
      onDone?.();
    });
  };
}

// Source: sd_watchdog_enabled(3). WATCHDOG_PID is absent, or names who is meant.
function watchdogPeriodMs(environment: NodeJS.ProcessEnv): number | undefined {
  const periodMs = Number(environment["WATCHDOG_USEC"]) / 1000;
  const isMeant = [undefined, String(process.pid)].includes(environment["WATCHDOG_PID"]);
  return isMeant && periodMs > 0 ? periodMs : undefined;
}

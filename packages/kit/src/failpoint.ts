// Places at which a test makes a service die: between two steps of which a crash must lose nothing.
// They are inert unless the environment arms one, as only tests do, and none is on the way of a
// heartbeat.
//
//   HOT_BACKUP_FAILPOINTS=monitor.target_dirty      SIGKILL where this place is passed first
//   HOT_BACKUP_FAILPOINTS=channels.change_stored@3  where it is passed for the third time

import { ConfigError } from "./config.ts";

/** Every place, named after the service and what has just happened there. */
export const failpoints = [
  /** A decision is in the journal; nothing has followed from it. */
  "monitor.decision_stored",
  /** A target is marked dirty; the start has not been sent. */
  "monitor.target_dirty",
  /** A target has answered a start; the run does not know. */
  "monitor.start_answered",
  /** Notify has accepted a mail; the run does not know. */
  "monitor.mail_accepted",
  /** A change of channels is stored; nothing was started or stopped for it. */
  "channels.change_stored",
  /** A mail is in the outbox; its sender was not answered. */
  "notify.message_stored",
  /** The SMTP server has answered; the ledger does not know. */
  "notify.smtp_answered",
] as const;

export type Failpoint = (typeof failpoints)[number];

/** The variable that arms failpoints. */
export const failpointVariable = "HOT_BACKUP_FAILPOINTS";

/** Failpoints as they are armed: at which passing each of them kills. */
type Armed = Map<Failpoint, number>;

let armed: Armed | undefined;

/** Dies here, as by a power cut, if this place is armed. */
export function failpoint(name: Failpoint): void {
  const passingsLeft = armed?.get(name);
  if (passingsLeft === undefined) return;
  if (passingsLeft <= 1) process.kill(process.pid, "SIGKILL");
  armed?.set(name, passingsLeft - 1);
}

/**
 * Arms what the environment names, and returns it for the log: whoever finds it in production must
 * be told. Throws ConfigError when it cannot be understood. Without the variable nothing happens.
 */
export function armFailpoints(environment: NodeJS.ProcessEnv): string | undefined {
  const text = environment[failpointVariable];
  armed = text === undefined || text === "" ? undefined : parseArmed(text);
  return armed === undefined ? undefined : text;
}

function parseArmed(text: string): Armed {
  return new Map(
    text.split(",").map((each) => {
      const [, word = "", passing = "1"] = /^([a-z_.]+)(?:@([1-9]\d{0,5}))?$/.exec(each) ?? [];
      const name = failpoints.find((known) => known === word);
      if (name === undefined) {
        const message = `"${each}" is no failpoint; there are ${failpoints.join(", ")}`;
        throw new ConfigError([{ where: failpointVariable, key: "", message }]);
      }
      return [name, Number(passing)] as const;
    }),
  );
}

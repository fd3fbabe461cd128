// What to do about a reason, for somebody who looks at the page. docs/errors.md says more about
// each.

const advice: Readonly<Record<string, string>> = {
  NOT_SIGNED_IN: "Sign in.",
  WRONG_TOKEN: "Paste the whole token, as it stands in your token file.",
  TOO_MANY_ATTEMPTS: "Wait a minute, then try again.",
  READER_ONLY: "Ask an operator, or sign in as one.",
  OTHER_HOST: "Open the page at an address of console.origins, or add this one there.",
  OTHER_ORIGIN: "Open the page at an address of console.origins, or add this one there.",
  NOT_FROM_PAGE: "Use the page, or the command line.",
  TOO_MANY_PAGES: "Close pages that nobody looks at.",
  UNKNOWN_SERVICE: "Add it to console.servers, and restart the console.",
  UNKNOWN_PATH: "Go back to the overview.",
  BODY_TOO_LARGE: "Send less at once; the command line takes more.",
  INVALID_INPUT: "Correct what is named, and repeat it.",
  UNAVAILABLE: "See that the service runs; the sources of this page tell which ones answer.",
  DEADLINE_EXCEEDED:
    "It, or the network to it, is stuck: look at its machine. What was asked may be done.",
  STOPPING: "The service is stopping: repeat it when it is back.",
  UNIMPLEMENTED: "The service is older than this console: bring it up to the same version.",
  UNKNOWN_SERVER: "Go back to the overview: it has the servers of this monitor.",
  UNKNOWN_RUN: "The journal has it no more.",
  UNKNOWN_SIGNAL: "The journal has it no more.",
  UNKNOWN_TARGET: "Look at the targets of the server: they may have changed.",
  UNKNOWN_CHANNEL: "It was undeployed meanwhile.",
  UNKNOWN_KEY: "The ledger has it no more.",
  NOT_LIVE: "The explanation of the server tells why it is not live.",
  NOTHING_TO_DO: "The explanation of the server tells where its channels are, or go.",
  NOT_PROTECTED: "Stop the channels on the server itself.",
  NO_TARGET: "Its flow starts channels nowhere: look at the flow.",
  TARGET_NOT_READY: "Mend the target that the message names, then repeat it.",
  IN_MAINTENANCE: "Clear the maintenance first.",
  SWITCHING_OVER: "Wait until the switchover is done.",
  NOT_WAITING: "Nothing waits for this word now: the explanation of the server tells what does.",
  STORE_FAILED: "Make room on the disk of that service, then repeat it.",
  TOO_MANY_TRIALS: "Repeat it in a moment.",
  PROTECTION_UNKNOWN: "Choose protection: lease or none in the configuration of that server.",
  CHANNEL_RUNS: "Stop it first.",
  KEY_REUSED: "Repeat it: it takes a key of its own each time.",
  OUTBOX_FULL: "Mend the SMTP server: the ledger tells what it said.",
  ROLE_NOT_ALLOWED: "The console's certificate may not: SECURITY.md says who may do what.",
  NO_IDENTITY: "Give the console tls.directory with console.crt, made by deploy/certificates.",
  IDENTITY_REMOVED: "Add the console's certificate to allowed.txt of that service.",
};

export function adviceFor(reason: string): string {
  return advice[reason] ?? "docs/errors.md tells more about this reason.";
}

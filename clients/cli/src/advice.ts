// What to do about a reason, in the commands of this command line. docs/errors.md says more about
// each.

export const advice: Readonly<Record<string, string>> = {
  UNAVAILABLE:
    "see that the service runs and that the profile names its address: hot-backup status tells " +
    "which ones answer",
  DEADLINE_EXCEEDED:
    "the service, or the network to it, is stuck: look at its machine; hot-backup status tells " +
    "which ones answer",
  UNIMPLEMENTED: "see which service the address of the profile belongs to, and its version",
  STOPPING: "the service is stopping: repeat the command when it is back",
  INVALID_INPUT: "correct what the message names, and repeat the command",
  NO_CERTIFICATE: "give the profile tls.directory, made by: deploy/certificates operator DIR NAME",
  CERTIFICATE_EXPIRED: "renew it: deploy/certificates renew DIR operator-NAME",
  CERTIFICATE_UNTRUSTED: "use a certificate of the authority that the services trust",
  IDENTITY_REMOVED: "ask whoever keeps allowed.txt of that service to add your certificate",
  ROLE_NOT_ALLOWED: "use the certificate of an operator: SECURITY.md says who may do what",
  OTHER_ACTOR: "leave --as out: the certificate says who you are",
  BAD_CERTIFICATES: "make them with deploy/certificates operator DIR NAME",
  UNKNOWN_SERVER: "hot-backup servers lists the servers of this monitor",
  UNKNOWN_SIGNAL: "hot-backup signals --server SERVER lists those that are kept",
  UNKNOWN_RUN: "hot-backup runs lists the runs that are kept",
  UNKNOWN_TARGET: "hot-backup explain SERVER lists its targets",
  UNKNOWN_CHANNEL: "hot-backup channels list tells the channels of each server",
  UNKNOWN_KEY: "hot-backup mail list tells the keys",
  NOT_LIVE: "hot-backup explain SERVER tells why it is not live",
  NOTHING_TO_DO: "hot-backup explain SERVER tells where its channels are, or go",
  NOT_PROTECTED: "stop the channels on the server itself: hot-backup channels stop",
  NO_TARGET: "hot-backup flow test --server SERVER --signal DEAD tells what its flow does",
  TARGET_NOT_READY: "mend the target that the message names, then repeat the command",
  IN_MAINTENANCE: "end it first: hot-backup maintenance clear SERVER --reason WHY",
  SWITCHING_OVER: "wait until the switchover is done: hot-backup watch",
  DRILL_UNDER_WAY: "wait until it has ended: hot-backup drills --server SERVER",
  NOT_WAITING: "nothing waits for this word now: hot-backup explain SERVER tells what does",
  STORE_FAILED: "make room on the disk of that service, then repeat the command",
  TOO_MANY_TRIALS: "repeat the command in a moment",
  MONITOR_ANSWERS: "a monitor answers, so ask it: hot-backup switchover or failback",
  OVERRIDE_NOT_NEEDED: "start them without an override: hot-backup channels start",
  PROTECTION_UNKNOWN: "choose protection: lease or none in the configuration of that server",
  CHANNEL_RUNS: "stop it first: hot-backup channels stop NAME",
  KEY_REUSED: "repeat the command: it takes a key of its own each time",
  OUTBOX_FULL: "mend the SMTP server: hot-backup mail list --state failed tells what it said",
};

/** One line. Reasons that are not listed are in docs/errors.md. */
export function adviceFor(reason: string): string {
  const known = Object.hasOwn(advice, reason) ? advice[reason] : undefined;
  return known ?? `docs/errors.md says what ${reason} means and what to do`;
}
